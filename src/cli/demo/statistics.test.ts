// Intervals against published examples, and at the edges where the plain formula oversells.
import { expect, it } from 'vitest';
import { difference, meanOf, proportion, relativeChange } from './statistics.ts';

it("agrees with Newcombe's worked examples", () => {
  // Newcombe 1998, Statistics in Medicine 17:857 and 17:873: 81 of 263; 56 of 70 against 48 of 80.
  const wilson = proportion(81, 263);
  expect(wilson.low).toBeCloseTo(0.2553, 4);
  expect(wilson.high).toBeCloseTo(0.3662, 4);
  const apart = difference(proportion(56, 70), proportion(48, 80));
  expect(apart.value).toBeCloseTo(0.2, 6);
  expect(apart.low).toBeCloseTo(0.0524, 4);
  expect(apart.high).toBeCloseTo(0.3339, 4);
});

it('does not call three of three certain', () => {
  expect(proportion(3, 3)).toMatchObject({ mean: 1, high: 1 });
  expect(proportion(3, 3).low).toBeLessThan(0.5);
  expect(proportion(0, 3)).toMatchObject({ mean: 0, low: 0 });
});

it('gives means their normal interval, and none to a single value', () => {
  // Sample standard deviation 1, n = 3.
  const three = meanOf([1, 2, 3]);
  expect(three.mean).toBe(2);
  expect(three.high).toBeCloseTo(2 + 1.959964 / Math.sqrt(3), 6);
  expect(meanOf([7])).toEqual({ n: 1, mean: 7, low: undefined, high: undefined });
  expect(meanOf([])).toEqual({ n: 0, mean: undefined, low: undefined, high: undefined });
});

it('compares what both sides know, and nothing else', () => {
  const exact = (mean: number) => ({ n: 10, mean, low: mean, high: mean });
  expect(relativeChange(exact(30), exact(40))).toEqual({ value: -0.25, low: -0.25, high: -0.25 });
  expect(relativeChange(exact(1), exact(0)).value).toBeUndefined();
  expect(difference(proportion(0, 0), proportion(1, 2)).value).toBeUndefined();
});
