// The static embedder: unit vectors of any text, the same for ever, in bounded time.
import { array, assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAD_UNITS, TAIL_UNITS } from './features.ts';
import { createStaticEmbedder, type SparseVector } from './index.ts';

const embedder = createStaticEmbedder();

/** Copied: the vector is reused. */
function featuresOf(text: string): number[] {
  const { indices, length } = embedder.embed(text);
  return [...indices.subarray(0, length)];
}

function cosine(a: string, b: string): number {
  const [left, right] = [new Set(featuresOf(a)), featuresOf(b)];
  return right.filter((feature) => left.has(feature)).length / Math.sqrt(left.size * right.length);
}

/** Any UTF-16, lone surrogates included. */
const anyText = array(integer({ min: 0, max: 0xffff }), { maxLength: 300 }).map((units) =>
  String.fromCharCode(...units),
);

function expectUnitVector(text: string): void {
  const { dimensions, indices, values, length }: SparseVector = embedder.embed(text);
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
    ['NUL and another control character', '\u0000\u0001a'],
    ['1 MB of one character', 'a'.repeat(1_000_000)],
    ['1 MB of one ideograph', '字'.repeat(500_000)],
    [
      'as many different units as are read',
      String.fromCharCode(...Array.from({ length: 3_072 }, (__, i) => 0x4e00 + i)),
    ],
    ['words of 6 and marks in turn', 'abcdef!'.repeat(500)],
    ['1 MB of pairs', 'a '.repeat(500_000)],
  ])('takes %s', (_, text) => expectUnitVector(text));

  it.each(['', ' ', '\n\t \u00a0\u3000'])('has nothing to say about %j', (text) => {
    expect(embedder.embed(text).length).toBe(0);
  });

  it('gives the same vector again, whatever came between and from whichever instance', () => {
    assert(
      property(anyText, anyText, (text, between) => {
        const first = featuresOf(text);
        embedder.embed(between);
        expect(featuresOf(text)).toEqual(first);
        const { indices, length } = createStaticEmbedder().embed(text);
        expect([...indices.subarray(0, length)]).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['', 0],
    ['a', 2],
    ['abc', 2],
    ['abcd', 3],
    ['abcde', 3],
    ['abcdef', 4],
    ['abcdefghijkl', 4],
    ['abc abc', 3],
    ['(a)', 6],
    ['東京', 4],
    ['😀', 4],
  ])('sees in %j so many features: %i', (text, count) => {
    expect(embedder.embed(text).length).toBe(count);
  });

  // These change only with the hashing, which voids every trained asset.
  it.each([
    ['a', [23951, 50596]],
    ['abcdef', [5788, 5087, 51778, 3276]],
    ['東京 ß', [47904, 55376, 47715, 33793, 39655, 6406]],
  ])('hashes %s to its golden features', (text, golden) => {
    expect(featuresOf(text)).toEqual(golden);
  });

  it('has the fingerprint of that hashing', () => {
    expect(embedder.fingerprint).toBe('static-words-16-7f807b10');
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
    expect(cosine('constitutional', 'constitutions')).toBeGreaterThan(0.4);
    expect(cosine('running', 'runner')).toBeGreaterThan(0.1);
  });

  it('reads the head and the tail of a long text and nothing between', () => {
    const head = 'alpha beta '.repeat(1_000).slice(0, HEAD_UNITS);
    const tail = 'gamma delta '.repeat(1_000).slice(0, TAIL_UNITS);
    const long = featuresOf(`${head}${'one '.repeat(9_000)}${tail}`);
    expect(featuresOf(`${head}${'two '.repeat(70_000)}${tail}`)).toEqual(long);
    expect(featuresOf(`${head}${'one '.repeat(9_000)}${head.slice(0, TAIL_UNITS)}`)).not.toEqual(long);
    expect(featuresOf(`${head}${tail}`)).toContain(featuresOf('gamma')[0]);
  });
});
