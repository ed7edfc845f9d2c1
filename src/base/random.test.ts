// The same seed gives the same sequence; small seeds are as good as large ones.
import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.ts';

const take = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
};

describe('seededRandom', () => {
  it('gives the same sequence for the same seed, another for another', () => {
    expect(take(7, 50)).toEqual(take(7, 50));
    expect(take(7, 50)).not.toEqual(take(8, 50));
  });

  it('keeps sources apart', () => {
    const [left, right] = [seededRandom(3), seededRandom(3)];
    left();
    left();
    expect(right()).toBe(take(3, 1)[0]);
  });

  it('is pinned: replays of old seeds must come out as they did', () => {
    expect(take(1, 3).map((x) => Math.floor(x * 2 ** 32))).toMatchInlineSnapshot(`
      [
        1207735235,
        2499428086,
        372561689,
      ]
    `);
  });

  it('spreads the first outputs of small seeds over [0, 1)', () => {
    const firsts = Array.from({ length: 1_000 }, (_, seed) => take(seed, 1)[0] ?? -1);
    const bins = Array.from({ length: 10 }, () => 0);
    for (const x of firsts) bins[Math.floor(x * 10)] = (bins[Math.floor(x * 10)] ?? 0) + 1;
    // Chi-square over 10 bins of 100, 9 degrees of freedom: 27.9 is passed with probability .001.
    expect(bins.reduce((total, n) => total + (n - 100) ** 2 / 100, 0)).toBeLessThan(27.9);
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...firsts)).toBeLessThan(1);
  });

  it('gives neighbouring seeds unrelated sequences', () => {
    const pairs = Array.from({ length: 1_000 }, (_, seed) => [take(seed, 1)[0] ?? 0, take(seed + 1, 1)[0] ?? 0]);
    const covariance = pairs.reduce((total, [a = 0, b = 0]) => total + (a - 0.5) * (b - 0.5), 0) / pairs.length;
    expect(Math.abs(covariance * 12)).toBeLessThan(0.1);
  });

  it('has the mean and variance of the uniform distribution', () => {
    const values = take(99, 20_000);
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(mean).toBeCloseTo(0.5, 1.9);
    expect(values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length).toBeCloseTo(1 / 12, 2);
  });
});
