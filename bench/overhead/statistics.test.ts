// Quantiles and spreads of small lists.
import { expect, test } from 'vitest';
import { mean, quantile, spread } from './statistics.ts';

test('quantiles interpolate', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3], 0.99)).toBeCloseTo(2.98);
  expect(quantile([5], 0.99)).toBe(5);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a spread leaves out what was not measured', () => {
  expect(spread([3, Number.NaN, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  expect(spread([Number.NaN])).toBeUndefined();
  expect(mean([1, 2, 6])).toBe(3);
});
