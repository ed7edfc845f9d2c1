// The hull and what is read from it, on curves whose values are known.
import { array, assert, double, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aiq, costToReach, qualityAt, upperHull, type Point } from './curve.ts';

const points = (...pairs: (readonly [number, number])[]): Point[] =>
  pairs.map(([costUsd, quality]) => ({ costUsd, quality }));

describe('the hull', () => {
  it('drops what is dearer without being better, and what two others beat together', () => {
    expect(upperHull(points([1, 0.5], [2, 0.4], [3, 0.6], [4, 0.9], [5, 0.9]))).toEqual(points([1, 0.5], [4, 0.9]));
    expect(upperHull(points([1, 0.2], [1, 0.5]))).toEqual(points([1, 0.5]));
  });

  it('is concave and above every point', () => {
    const some = array(
      record({ costUsd: double({ min: 0.1, max: 9, noNaN: true }), quality: double({ min: 0, max: 1, noNaN: true }) }),
      { minLength: 1 },
    );
    assert(
      property(some, (all) => {
        const hull = upperHull(all);
        for (const { costUsd, quality } of all) expect(qualityAt(hull, costUsd)).toBeGreaterThanOrEqual(quality - 1e-9);
        for (const point of hull) expect(all).toContainEqual(point);
      }),
    );
  });
});

describe('read from a hull', () => {
  const hull = upperHull(points([1, 0.5], [3, 0.9]));

  it.each([
    [0.5, 0.5],
    [1, 0.5],
    [2, 0.7],
    [3, 0.9],
    [9, 0.9],
  ])('the quality at %d is %d', (cost, quality) => {
    expect(qualityAt(hull, cost)).toBeCloseTo(quality, 12);
  });

  it('the mean over a range of costs', () => {
    expect(aiq(hull, 1, 3)).toBeCloseTo(0.7, 12);
    expect(aiq(hull, 1, 5)).toBeCloseTo(0.8, 12);
    expect(aiq(hull, 0, 2)).toBeCloseTo((0.5 + 0.6) / 2, 12);
  });

  it.each([
    [0.4, 1],
    [0.5, 1],
    [0.7, 2],
    [0.9, 3],
    [0.91, undefined],
  ])('what %d costs', (quality, cost) => {
    const found = costToReach(hull, quality);
    if (cost === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(cost, 12);
  });
});
