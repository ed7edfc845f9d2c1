// The sums: what the bandit got beside random, cheapest, best fixed and oracle on the same rows. Pure.
import type { Mean, Quantiles, Row, Stretch } from './types.ts';

/** One way to choose a model, row by row in the order sent. */
export interface Series {
  readonly name: string;
  readonly score: readonly number[];
  readonly costUsd: readonly number[];
}

export const BANDIT = 'bandit';
export const RANDOM = 'random';
export const CHEAPEST = 'cheapest';
export const BEST_FIXED = 'best fixed';
export const ORACLE = 'oracle';

export interface Baselines {
  readonly series: readonly Series[];
  /** Indices of arms. */
  readonly cheapest: number;
  readonly bestFixed: number;
}

/** Random is its exact expectation, the mean over the arms; best fixed and cheapest are chosen in hindsight over all rows. */
export function baselines(rows: readonly Row[]): Baselines {
  const armCount = rows[0]?.score.length ?? 0;
  const arms = Array.from({ length: armCount }, (_, arm) => fixed(rows, arm));
  const cheapest = argmax(arms.map((arm) => -mean(arm.costUsd)));
  const bestFixed = argmax(arms.map((arm) => mean(arm.score)));
  const chosenByOracle = rows.map((row) => bestOf(row));
  return {
    cheapest,
    bestFixed,
    series: [
      { name: RANDOM, score: rows.map((row) => mean(row.score)), costUsd: rows.map((row) => mean(row.costUsd)) },
      { ...fixed(rows, cheapest), name: CHEAPEST },
      { ...fixed(rows, bestFixed), name: BEST_FIXED },
      {
        name: ORACLE,
        score: rows.map((row, i) => row.score[chosenByOracle[i] ?? 0] ?? 0),
        costUsd: rows.map((row, i) => row.costUsd[chosenByOracle[i] ?? 0] ?? 0),
      },
    ],
  };
}

function fixed(rows: readonly Row[], arm: number): Series {
  return {
    name: `arm ${arm}`,
    score: rows.map((row) => row.score[arm] ?? 0),
    costUsd: rows.map((row) => row.costUsd[arm] ?? 0),
  };
}

/** The arm with the highest score; of equal ones the cheapest. */
function bestOf(row: Row): number {
  let best = 0;
  for (let arm = 1; arm < row.score.length; arm++) {
    const gain = (row.score[arm] ?? 0) - (row.score[best] ?? 0);
    if (gain > 0 || (gain === 0 && (row.costUsd[arm] ?? 0) < (row.costUsd[best] ?? 0))) best = arm;
  }
  return best;
}

/** [from, to) of `parts` stretches that cover 0..length and differ by at most one. */
export function splits(length: number, parts: number): readonly (readonly [number, number])[] {
  return Array.from({ length: parts }, (_, i): [number, number] => [
    Math.floor((i * length) / parts),
    Math.floor(((i + 1) * length) / parts),
  ]);
}

/** Means over the rows of [from, to) that `keep` lets through; the regret is over all rows up to `to`. */
export function stretch(
  all: readonly Series[],
  from: number,
  to: number,
  keep: (index: number) => boolean = () => true,
): Stretch {
  const indices = Array.from({ length: to - from }, (_, i) => from + i).filter(keep);
  const meanAt = (values: readonly number[]): number => mean(indices.map((i) => values[i] ?? 0));
  const means: Record<string, Mean> = {};
  for (const { name, score, costUsd } of all) means[name] = { score: meanAt(score), costUsd: meanAt(costUsd) };
  return { from, to, rows: indices.length, means, regret: regret(all, to) };
}

/** Sum over the first `to` rows of best fixed minus bandit. */
export function regret(all: readonly Series[], to: number): number {
  const scoreOf = (name: string): readonly number[] => all.find((series) => series.name === name)?.score ?? [];
  const [best, bandit] = [scoreOf(BEST_FIXED), scoreOf(BANDIT)];
  let total = 0;
  for (let i = 0; i < to; i++) total += (best[i] ?? 0) - (bandit[i] ?? 0);
  return total;
}

/** Mean of the `window` values before each of `at`. */
export function movingMean(values: readonly number[], window: number, at: readonly number[]): readonly number[] {
  return at.map((end) => mean(values.slice(Math.max(0, end - window), end)));
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function argmax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), 0);
}
