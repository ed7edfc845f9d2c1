// Linear heads: both engines against the sum of the embedder's rows and the table's vector, and against each other, on any string.
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { HEAD_UNITS, TAIL_UNITS } from './features.ts';
import { createStaticEmbedder, createPlainReader, openWordpieceTable, ROW_COLUMNS, ROWS } from './index.ts';
import type { HeadWeights, LinearHeads } from './linear-heads.ts';
import { SMALL_VOCABULARY, tableOf } from './wordpieces/fixtures.ts';
import { encodeTable } from './wordpieces/table-file.ts';

const COLUMNS = 30;
const ENTRIES = 60;
const random = seededRandom(7);
const numbers = (length: number): number[] => Array.from({ length }, () => 2 * random() - 1);
const bytes = encodeTable(tableOf(SMALL_VOCABULARY, 128, 5));
const table = openWordpieceTable(bytes);
const plainTable = openWordpieceTable(bytes, createPlainReader);
const embedder = createStaticEmbedder();
const weights: HeadWeights = {
  rows: Int8Array.from({ length: ROWS * ROW_COLUMNS }, () => Math.floor(random() * 256) - 128),
  scales: numbers(COLUMNS),
  biases: numbers(COLUMNS),
  matrix: Float32Array.from(numbers(ENTRIES * ROW_COLUMNS)),
};
const fast = table.heads(weights);
const plain = plainTable.heads(weights);

/** The definition, with nothing but an embedder's vector and a table's. */
function logitsOf(text: string, { rows, scales, biases, matrix }: HeadWeights): number[] {
  const { indices, length } = embedder.embed(text);
  const vector = plainTable.first(64).read(text);
  return biases.map((bias, k) => {
    let sum = 0;
    for (const feature of indices.subarray(0, length)) sum += rows[(feature >>> 1) * ROW_COLUMNS + k] ?? 0;
    const dense = vector.reduce((total, x, d) => total + x * (matrix[d * ROW_COLUMNS + k] ?? 0), 0);
    return bias + ((scales[k] ?? 0) * sum) / Math.sqrt(Math.max(1, length)) + dense;
  });
}

function expectSame(text: string): void {
  const features = plain.read(text);
  expect(features).toBe(embedder.embed(text).length);
  expect(fast.read(text)).toBe(features);
  expect(fast.logits).toEqual(plain.logits);
  for (const [k, logit] of logitsOf(text, weights).entries()) expect(plain.logits[k]).toBeCloseTo(logit, 3);
}

const piece = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({ unit: 'grapheme', maxLength: 20 }),
  array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  constantFrom(
    'the quick brown fox ',
    'unbelievably able ',
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
/** Words of every length, next to marks, blanks and borders of 64 units: what is read without a branch. */
const plainTexts = string({ unit: constantFrom(...'abcABC129 . (\n'.split('')), maxLength: 300 });
/** Around and far over what is read whole, with any piece across the borders. */
const longTexts = array(oneof(piece, plainTexts), { minLength: 1, maxLength: 6 }).chain((pieces) =>
  integer({ min: HEAD_UNITS - 40, max: 5 * (HEAD_UNITS + TAIL_UNITS) }).map((length) =>
    pieces
      .join('')
      .repeat(Math.ceil(length / Math.max(1, pieces.join('').length)))
      .slice(0, length),
  ),
);

describe('linear heads', () => {
  it('are read by WebAssembly where it is to be had', () => {
    expect([fast.engine, plain.engine]).toEqual(['wasm', 'plain']);
  });

  it.each([
    ['any text', texts, 500],
    ['any text of what English is made of', plainTexts, 500],
    ['any long text', longTexts, 200],
  ])('are the same in both engines, bit by bit: %s', (_, some, numRuns) => {
    assert(property(some, expectSame), { numRuns });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\u3000'],
    ['one word', 'the'],
    ['one mark', '!'],
    ['a mark across each border of 64', `${'a'.repeat(63)}!`.repeat(20)],
    ['a word from border to border', `${'a'.repeat(63)} `.repeat(20)],
    ['nothing but marks', '!?'.repeat(600)],
    ['one of one and of another kind', '\u0000a\u0301bc ... \u007f'.repeat(40)],
    ['the longest that is read whole', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS)],
    ['one unit more', 'word '.repeat(1_000).slice(0, HEAD_UNITS + TAIL_UNITS + 1)],
    ['the longest that is written whole', 'words '.repeat(1_000).slice(0, 4_096)],
    ['one unit more than that', 'words '.repeat(1_000).slice(0, 4_097)],
    ['a word without end', 'x'.repeat(100_000)],
    ['1 MB', 'All of this and more. '.repeat(50_000)],
    ['the most features', String.fromCharCode(...Array.from({ length: 3_072 }, (__, i) => 0x4e00 + i)).repeat(2)],
  ])('are the same of %s', (_, text) => {
    expectSame(text);
    // What one text leaves behind is nothing to the next.
    expectSame('Is that so, the thing?');
  });

  it.each([127, -128])('do not overflow with every weight %i', (weight) => {
    const extreme = {
      rows: new Int8Array(ROWS * ROW_COLUMNS).fill(weight),
      scales: [1, 2],
      biases: [0, 1],
      matrix: new Float32Array(64 * ROW_COLUMNS),
    };
    const text = String.fromCharCode(...Array.from({ length: HEAD_UNITS + TAIL_UNITS }, (_, i) => 0x4e00 + i));
    for (const heads of [table.heads(extreme), plainTable.heads(extreme)]) {
      const features = heads.read(text);
      expect(features).toBeGreaterThan(2_000);
      expect(heads.logits[0]).toBeCloseTo(weight * Math.sqrt(features), 8);
      expect(heads.logits[1]).toBeCloseTo(1 + 2 * weight * Math.sqrt(features), 8);
    }
  });

  it('read as much of the vector as their matrix has rows', () => {
    const wide = { ...weights, matrix: Float32Array.from(numbers(128 * ROW_COLUMNS)) };
    const [one, other] = [table.heads(wide), plainTable.heads(wide)];
    for (const text of ['the unable thing', 'unbelievably! 12']) {
      expect(one.read(text)).toBe(other.read(text));
      expect(one.logits).toEqual(other.logits);
    }
  });

  it('do not change each other, however many a table has, nor what is read of the table', () => {
    const vector = table.read('the thing').slice();
    const all: LinearHeads[] = Array.from({ length: 5 }, (_, i) => table.heads({ ...weights, biases: [i] }));
    fast.read('the thing');
    const expected = [...fast.logits];
    for (const [i, heads] of all.entries()) {
      heads.read('the thing');
      expect(heads.logits[0]).toBeCloseTo((expected[0] ?? 0) - (weights.biases[0] ?? 0) + i, 10);
    }
    fast.read('the thing');
    expect([...fast.logits]).toEqual(expected);
    expect(table.read('the thing')).toEqual(vector);
  });
});
