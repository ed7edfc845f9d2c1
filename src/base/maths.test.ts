// Known values of the normal distribution, draws by weight, sums.
import { array, assert, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clamp, drawIndex, normalCdf, sum } from './maths.ts';
import { seededRandom } from './random.ts';

describe('normalCdf', () => {
  it.each([
    [0, 0.5],
    [0.5, 0.691462461],
    [1, 0.841344746],
    [-1, 0.158655254],
    [1.959963985, 0.975],
    [-2.575829304, 0.005],
    [4, 0.999968329],
    [-8, 0],
    [Infinity, 1],
    [-Infinity, 0],
  ])('of %d is %d', (z, expected) => {
    expect(Math.abs(normalCdf(z) - expected)).toBeLessThan(1.5e-7);
  });

  it('is antisymmetric around 0 and never falls', () => {
    for (let z = -6; z < 6; z += 0.01) {
      expect(normalCdf(z) + normalCdf(-z)).toBeCloseTo(1, 12);
      expect(normalCdf(z + 0.01)).toBeGreaterThanOrEqual(normalCdf(z));
    }
  });
});

describe('drawIndex', () => {
  it.each([
    [[1, 1], 0, 0],
    [[1, 1], 0.499, 0],
    [[1, 1], 0.5, 1],
    [[0, 3, 0, 1], 0, 1],
    [[0, 3, 0, 1], 0.75, 3],
    [[2, 0], 0.999999, 0],
    [[0, 0], 0.3, -1],
    [[], 0.3, -1],
  ])('of %j at %d is %d', (weights, draw, expected) => {
    expect(drawIndex(weights, draw)).toBe(expected);
  });

  it('falls on each index as often as its weight says', () => {
    const random = seededRandom(11);
    const weights = [1, 0, 2, 5];
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) {
      const at = drawIndex(weights, random());
      counts[at] = (counts[at] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect((counts[0] ?? 0) / 40_000).toBeCloseTo(1 / 8, 2);
    expect((counts[2] ?? 0) / 40_000).toBeCloseTo(2 / 8, 2);
    expect((counts[3] ?? 0) / 40_000).toBeCloseTo(5 / 8, 2);
  });

  it('never falls on an index of weight 0', () => {
    assert(
      property(
        array(double({ min: 0, max: 10, noNaN: true }), { maxLength: 6 }),
        double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, draw) => {
          const at = drawIndex(weights, draw);
          expect(at === -1 ? weights.every((w) => w === 0) : (weights[at] ?? 0) > 0).toBe(true);
        },
      ),
    );
  });
});

describe('small maths', () => {
  it.each([
    [5, 0, 3, 3],
    [-1, 0, 3, 0],
    [2, 0, 3, 2],
    [250, 0, Infinity, 250],
  ])('clamp(%d, %d, %d) is %d', (value, low, high, expected) => {
    expect(clamp(value, low, high)).toBe(expected);
  });

  it('sums lists and typed arrays', () => {
    expect(sum([])).toBe(0);
    expect(sum(Float64Array.of(0.5, 2))).toBe(2.5);
  });
});
