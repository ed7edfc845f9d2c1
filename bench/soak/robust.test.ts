// The robust slope: exact on a line, unmoved by odd samples.
import { expect, it } from 'vitest';
import { median, robustSlope } from './robust.ts';

const line = Array.from({ length: 40 }, (_, i) => ({ at: i * 10, value: 100 + 0.5 * i * 10 }));

it('is the slope of a line', () => {
  expect(robustSlope(line)).toBeCloseTo(0.5);
  expect(robustSlope(line.map(({ at }) => ({ at, value: 3 })))).toBe(0);
});

it('is not moved by a few odd samples', () => {
  const odd = line.map((point, i) => (i % 7 === 0 ? { ...point, value: point.value + 10_000 } : point));
  expect(robustSlope(odd)).toBeCloseTo(0.5, 1);
});

it('has no value for fewer than two times', () => {
  expect(robustSlope([])).toBeNaN();
  expect(robustSlope([{ at: 1, value: 1 }])).toBeNaN();
  expect(median([])).toBeNaN();
});
