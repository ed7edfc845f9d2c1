// The recorded answers of the pool's models, row by row: what a choice among them got, and who would have been best. Pure.
import type { ScoreRow } from '../support/model-scores.ts';
import type { Point } from './curve.ts';

/** A choice for every row at each setting, by position in the pool. */
export type Sweep = readonly Uint8Array[];

export interface Answers {
  /** Means over the rows drawn. */
  readonly mean: (choice: Uint8Array, rows: Uint32Array) => Point;
  /** In hindsight: the highest score less weight x dollars a thousand requests; of equals the cheapest. */
  readonly best: (row: number, weight: number) => number;
  /** Mean distance between expected and mean score in ten bins of the expected, by row and model. */
  readonly calibrationError: (expected: Float64Array) => number;
}

export function answersOf(rows: readonly ScoreRow[], pool: readonly number[]): Answers {
  const count = pool.length;
  const scores = Float64Array.from(rows.flatMap(({ score }) => pool.map((column) => score[column] ?? 0)));
  const costs = Float64Array.from(rows.flatMap(({ cost }) => pool.map((column) => cost[column] ?? 0)));
  return {
    mean: (choice, drawn) => {
      let [quality, costUsd] = [0, 0];
      for (const row of drawn) {
        const at = row * count + (choice[row] ?? 0);
        quality += scores[at] ?? 0;
        costUsd += costs[at] ?? 0;
      }
      return { quality: quality / drawn.length, costUsd: costUsd / drawn.length };
    },
    calibrationError: (expected) => {
      const sums = Array.from({ length: 10 }, () => 0);
      for (const [at, value] of expected.entries()) {
        const bin = Math.min(9, Math.floor(value * 10));
        sums[bin] = (sums[bin] ?? 0) + value - (scores[at] ?? 0);
      }
      return sums.reduce((total, sum) => total + Math.abs(sum), 0) / expected.length;
    },
    best: (row, weight) =>
      indexOfMost(
        pool.map((_, arm) => {
          const at = row * count + arm;
          return (scores[at] ?? 0) - (weight * 1_000 + 1e-6) * (costs[at] ?? 0);
        }),
      ),
  };
}

/** By the means of the data's own categories on the training folds: what a classifier without error would reach. */
export function byCategory(
  training: readonly ScoreRow[],
  rows: readonly ScoreRow[],
  pool: readonly number[],
  weights: readonly number[],
): Sweep {
  const groups = new Map<string, ScoreRow[]>();
  for (const row of training) groups.set(row.category, [...(groups.get(row.category) ?? []), row]);
  const means = new Map(
    [...groups].map(([category, group]) => [
      category,
      pool.map((column) => ({
        quality: mean(group.map(({ score }) => score[column] ?? 0)),
        costUsd: mean(group.map(({ cost }) => cost[column] ?? 0)),
      })),
    ]),
  );
  return weights.map((weight) => {
    const chosen = new Map(
      [...means].map(([category, arms]) => [
        category,
        indexOfMost(arms.map(({ quality, costUsd }) => quality - weight * 1_000 * costUsd)),
      ]),
    );
    return Uint8Array.from(rows, ({ category }) => chosen.get(category) ?? 0);
  });
}

export function indexOfMost(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
