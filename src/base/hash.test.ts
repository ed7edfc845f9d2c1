// Published values, uniformity, and independence of the order of asking.
import { describe, expect, it } from 'vitest';
import { fnv1a, hashUniform } from './hash.ts';

function chiSquare(values: readonly number[], bins: number): number {
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) counts[Math.floor(value * bins)] = (counts[Math.floor(value * bins)] ?? 0) + 1;
  const expected = values.length / bins;
  return counts.reduce((total, n) => total + (n - expected) ** 2 / expected, 0);
}

describe('fnv1a', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('of %j is the published value', (text, expected) => {
    expect(fnv1a(text)).toBe(expected);
  });

  it('is unsigned for every text', () => {
    for (let i = 0; i < 1_000; i++) expect(fnv1a(`key-${i}`)).toBeGreaterThanOrEqual(0);
  });
});

describe('hashUniform', () => {
  // 99.9 % point of chi-square with 31 degrees of freedom: 61.1.
  it.each([
    ['a counter', (i: number) => hashUniform(0, String(i))],
    ['a counter behind a prefix', (i: number) => hashUniform(0, 'session', String(i))],
    ['the seed', (i: number) => hashUniform(i, 'x')],
    ['single characters', (i: number) => hashUniform(0, String.fromCharCode(i))],
  ])('is uniform over %s', (_name, draw) => {
    const values = Array.from({ length: 4_000 }, (_, i) => draw(i));
    expect(chiSquare(values, 32)).toBeLessThan(61.1);
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
  });

  it('is pinned: simulated worlds must stay as they are', () => {
    expect([hashUniform(0, 'a'), hashUniform(7, 'a', 'b')].map((x) => x * 2 ** 32)).toMatchInlineSnapshot(`
      [
        2448022055,
        4007968540,
      ]
    `);
  });

  it('depends on its arguments alone, not on what was drawn before', () => {
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    const forward = keys.map((key) => hashUniform(5, key));
    const backward = keys.toReversed().map((key) => hashUniform(5, key));
    expect(backward.toReversed()).toEqual(forward);
  });

  it('tells seeds, orders and borders of the parts apart', () => {
    const values = [
      hashUniform(1, 'a', 'b'),
      hashUniform(2, 'a', 'b'),
      hashUniform(1, 'b', 'a'),
      hashUniform(1, 'ab'),
      hashUniform(1, 'a', '', 'b'),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('gives independent values for independent parts', () => {
    const product = Array.from(
      { length: 4_000 },
      (_, i) => (hashUniform(0, 'a', String(i)) - 0.5) * (hashUniform(0, 'b', String(i)) - 0.5),
    );
    expect(Math.abs((12 * product.reduce((x, y) => x + y)) / product.length)).toBeLessThan(0.05);
  });
});
