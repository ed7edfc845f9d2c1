// The static embedder: unit vectors of any text, the same for ever, in bounded time.
import { array, assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStaticEmbedder, type SparseVector } from './index.ts';
import { HEAD_UNITS, TAIL_UNITS } from './static-embedder.ts';

const embedder = createStaticEmbedder();

/** Index -> value, copied: the vector is reused. */
function entries(vector: SparseVector): Map<number, number> {
  return new Map(Array.from(vector.indices.slice(0, vector.length), (index, i) => [index, vector.values[i] ?? 0]));
}

function cosine(a: string, b: string): number {
  const left = entries(embedder.embed(a));
  let sum = 0;
  for (const [index, value] of entries(embedder.embed(b))) sum += value * (left.get(index) ?? 0);
  return sum;
}

/** Any UTF-16, lone surrogates included. */
const anyText = array(integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((units) =>
  String.fromCharCode(...units),
);

function expectUnitVector(text: string): void {
  const { dimensions, indices, values, length } = embedder.embed(text);
  let squares = 0;
  for (let i = 0; i < length; i++) {
    squares += (values[i] ?? Number.NaN) ** 2;
    expect(indices[i]).toBeLessThan(dimensions);
  }
  expect(new Set(indices.slice(0, length)).size).toBe(length);
  if (length > 0) expect(squares).toBeCloseTo(1, 4);
}

describe('static embedder', () => {
  it.each([
    ['fast-check unicode', string({ unit: 'binary', maxLength: 300 })],
    ['graphemes', string({ unit: 'grapheme', maxLength: 100 })],
    ['any code units', anyText],
  ])('makes a unit vector with each index once of %s', (_, texts) => {
    assert(property(texts, expectUnitVector));
  });

  it.each([
    ['one letter', 'a'],
    ['a lone surrogate', '\ud800'],
    ['NUL', '\u0000'],
    ['1 MB of one character', 'a'.repeat(1_000_000)],
    ['1 MB of one ideograph', '字'.repeat(500_000)],
    ['1 MB of one punctuation mark', '('.repeat(1_000_000)],
    ['1 MB of pairs', 'a '.repeat(500_000)],
  ])('takes %s', (_, text) => expectUnitVector(text));

  it.each(['', ' ', '\n\t \u00a0\u3000'])('has nothing to say about %j', (text) => {
    expect(embedder.embed(text).length).toBe(0);
  });

  it('gives the same vector again, whatever came between and from whichever instance', () => {
    assert(
      property(anyText, anyText, (text, between) => {
        const first = entries(embedder.embed(text));
        embedder.embed(between);
        expect(entries(embedder.embed(text))).toEqual(first);
        expect(entries(createStaticEmbedder().embed(text))).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  // Negative: the sign of the value. These change only with the hashing, which voids every trained asset.
  it.each([
    ['a', [-11143, -7969, 11669]],
    ['abc', [-5485, 8838, -4969, 136, 13962, -7789, -14575, -8064]],
    ['東京 ß', [-12486, -2324, -8250, 9485, -5046, -4575, 15571, 3236, 14439, -3168]],
  ])('hashes %s to its golden features', (text, golden) => {
    const { indices, values, length } = embedder.embed(text);
    expect(Array.from(indices.slice(0, length), (index, i) => ((values[i] ?? 0) < 0 ? -index : index))).toEqual(golden);
  });

  it('has the fingerprint of that hashing', () => {
    expect(embedder.fingerprint).toBe('static-wbc-14-05d30053');
  });

  it('ignores case, the amount of white space and the value of digits', () => {
    expect(cosine('Hello  World\n 42', 'hello world 17')).toBeCloseTo(1, 5);
    expect(cosine('ÉCOLE МИР ΑΒΓ', 'école мир αβγ')).toBeCloseTo(1, 5);
  });

  it('puts texts that share words nearer than texts that share none', () => {
    const text = 'how do I reverse a list in python';
    expect(cosine(text, 'reverse a python list')).toBeGreaterThan(cosine(text, 'symptoms of a cold') + 0.2);
    expect(cosine('东京的天气怎么样', '今天东京的天气')).toBeGreaterThan(
      cosine('东京的天气怎么样', '请写一首诗') + 0.2,
    );
  });

  it('reads the head and the tail of a long text and nothing between', () => {
    const head = 'alpha beta '.repeat(1_000).slice(0, HEAD_UNITS);
    const tail = 'gamma delta '.repeat(1_000).slice(0, TAIL_UNITS);
    const long = entries(embedder.embed(`${head}${'one '.repeat(9_000)}${tail}`));
    expect(entries(embedder.embed(`${head}${'two '.repeat(70_000)}${tail}`))).toEqual(long);
    expect(entries(embedder.embed(`${head}${'one '.repeat(9_000)}${head.slice(0, TAIL_UNITS)}`))).not.toEqual(long);
  });

  it('takes no longer for 1 MB than for the part that it reads', () => {
    const sentence = 'The quick brown fox jumps over the lazy dog. ';
    const long = sentence.repeat(25_000);
    const short = long.slice(0, HEAD_UNITS + TAIL_UNITS);
    const fastest = (text: string): number => {
      const times = Array.from({ length: 30 }, () => {
        const start = performance.now();
        embedder.embed(text);
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    embedder.embed(long);
    // Reading all of it would take 130 times as long.
    expect(fastest(long)).toBeLessThan(10 * fastest(short));
  });
});
