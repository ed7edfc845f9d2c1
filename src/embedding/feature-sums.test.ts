// Feature sums: both engines against the sum of the embedder's rows, and against each other, on any string.
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { createFeatureSums, createPlainSums, createStaticEmbedder, ROW_COLUMNS, ROWS } from './index.ts';
import { HEAD_UNITS, TAIL_UNITS } from './features.ts';

const random = seededRandom(7);
const rows = Int8Array.from({ length: ROWS * ROW_COLUMNS }, () => Math.floor(random() * 256) - 128);
const fast = createFeatureSums(rows);
const plain = createPlainSums(rows);
const embedder = createStaticEmbedder();

/** The definition, with nothing but an embedder's vector. */
function summed(text: string, from: Int8Array): number[] {
  const { indices, length } = embedder.embed(text);
  const sums = Array.from({ length: ROW_COLUMNS }, () => 0);
  for (const feature of indices.subarray(0, length)) {
    for (const k of sums.keys()) sums[k] = (sums[k] ?? 0) + (from[(feature >>> 1) * ROW_COLUMNS + k] ?? 0);
  }
  return sums;
}

function expectSame(text: string): void {
  const features = plain.read(text);
  expect(fast.read(text)).toBe(features);
  expect(fast.sums).toEqual(plain.sums);
  expect(features).toBe(embedder.embed(text).length);
  expect([...plain.sums]).toEqual(summed(text, rows));
}

const piece = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({ unit: 'grapheme', maxLength: 20 }),
  array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  constantFrom(
    'the quick brown fox ',
    'Überraschung ',
    '東京の天気 ',
    '\ud800',
    '\udc00',
    '😀👩‍💻',
    '\u0000',
    'f(x_1) = 3.14; ',
    'МИР ',
  ),
);
const texts = array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
/** Around and far over what is read whole, with any piece across the borders. */
const longTexts = array(piece, { minLength: 1, maxLength: 6 }).chain((pieces) =>
  integer({ min: HEAD_UNITS - 40, max: 2 * (HEAD_UNITS + TAIL_UNITS) }).map((length) =>
    pieces
      .join('')
      .repeat(Math.ceil(length / Math.max(1, pieces.join('').length)))
      .slice(0, length),
  ),
);

describe('feature sums', () => {
  it('are added up by WebAssembly where it is to be had', () => {
    expect(fast.engine).toBe('wasm');
    expect(plain.engine).toBe('plain');
  });

  it('are those of the embedder, in both engines, of any text', () => {
    assert(property(texts, expectSame), { numRuns: 500 });
  });

  it('and of any long text', () => {
    assert(property(longTexts, expectSame), { numRuns: 100 });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\u3000'],
    ['the longest that is read whole', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS)],
    ['one unit more', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS + 1)],
    ['a word without end', 'x'.repeat(100_000)],
    ['1 MB', 'All of this and more. '.repeat(50_000)],
    ['the most features', String.fromCharCode(...Array.from({ length: 3_072 }, (__, i) => 0x4e00 + i)).repeat(2)],
  ])('are the same of %s', (_, text) => {
    expectSame(text);
    // What one text leaves behind is nothing to the next.
    expectSame('Is that so?');
  });

  it.each([127, -128])('do not overflow with every weight %i', (weight) => {
    const extreme = new Int8Array(ROWS * ROW_COLUMNS).fill(weight);
    const text = String.fromCharCode(...Array.from({ length: HEAD_UNITS + TAIL_UNITS }, (_, i) => 0x4e00 + i));
    for (const engine of [createFeatureSums(extreme), createPlainSums(extreme)]) {
      const features = engine.read(text);
      expect(features).toBeGreaterThan(2_000);
      expect([...engine.sums]).toEqual(Array.from({ length: ROW_COLUMNS }, () => weight * features));
    }
  });

  it.each([
    ['without WebAssembly', undefined],
    ['without its 128-bit lanes', { validate: () => false }],
  ])('fall back on plain JavaScript %s', (_, engine) => {
    vi.stubGlobal('WebAssembly', engine);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    expect(createFeatureSums(rows).engine).toBe('plain');
  });

  it('belong to one instance each', () => {
    const other = createFeatureSums(new Int8Array(ROWS * ROW_COLUMNS).fill(1));
    fast.read('one text');
    const before = [...fast.sums];
    other.read('another text');
    expect([...fast.sums]).toEqual(before);
  });
});
