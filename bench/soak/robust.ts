// Statistics that one odd sample cannot move. Pure.
import { quantile } from '../overhead/statistics.ts';

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Theil-Sen: the median of the slopes through all pairs of points; NaN of fewer than two times. */
export function robustSlope(points: readonly Point[]): number {
  const slopes: number[] = [];
  points.forEach((a, i) => {
    for (const b of points.slice(i + 1)) if (b.at !== a.at) slopes.push((b.value - a.value) / (b.at - a.at));
  });
  return median(slopes);
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
