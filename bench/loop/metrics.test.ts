// The baselines are exact, the stretches cover the stream, and regret is summed against the best fixed model.
import { describe, expect, it } from 'vitest';
import {
  BANDIT,
  baselines,
  BEST_FIXED,
  CHEAPEST,
  movingMean,
  ORACLE,
  quantiles,
  RANDOM,
  splits,
  stretch,
} from './metrics.ts';
import type { Row } from './types.ts';

function row(score: readonly number[], costUsd: readonly number[], fold = 3): Row {
  return { id: 'r', fold, category: 'c', prompt: 'p', score, costUsd };
}

// Arm 0: dear and mostly right; arm 1: cheap and sometimes right; arm 2: never right.
const rows = [
  row([1, 0, 0], [4, 1, 2]),
  row([1, 1, 0], [4, 1, 2]),
  row([0, 1, 0], [4, 1, 2], 8),
  row([1, 0, 0], [8, 3, 4], 9),
];

describe('baselines', () => {
  const found = baselines(rows);
  const by = new Map(found.series.map((series) => [series.name, series]));

  it('finds the cheapest and the best fixed model over all rows', () => {
    expect([found.cheapest, found.bestFixed]).toEqual([1, 0]);
    expect(by.get(CHEAPEST)?.score).toEqual([0, 1, 1, 0]);
    expect(by.get(BEST_FIXED)?.costUsd).toEqual([4, 4, 4, 8]);
  });

  it('takes random as its expectation', () => {
    expect(by.get(RANDOM)?.score).toEqual([1 / 3, 2 / 3, 1 / 3, 1 / 3]);
    expect(by.get(RANDOM)?.costUsd[3]).toBe(5);
  });

  it('lets the oracle take the best answer, and of equal ones the cheapest', () => {
    expect(by.get(ORACLE)?.score).toEqual([1, 1, 1, 1]);
    expect(by.get(ORACLE)?.costUsd).toEqual([4, 1, 1, 8]);
  });
});

describe('stretch', () => {
  const bandit = { name: BANDIT, score: [0, 1, 1, 0], costUsd: [1, 1, 1, 3] };
  const all = [bandit, ...baselines(rows).series];

  it('means the rows of the stretch and sums regret from the beginning', () => {
    const second = stretch(all, 2, 4);
    expect(second.means[BANDIT]).toEqual({ score: 0.5, costUsd: 2 });
    expect(second.means[BEST_FIXED]?.score).toBe(0.5);
    // Best fixed 1, 1, 0, 1 against 0, 1, 1, 0.
    expect(second.regret).toBe(1);
    expect(stretch(all, 0, 1).regret).toBe(1);
  });

  it('keeps only the rows asked for', () => {
    const heldOut = stretch(all, 0, 4, (i) => (rows[i]?.fold ?? 0) >= 7);
    expect(heldOut.rows).toBe(2);
    expect(heldOut.means[BANDIT]).toEqual({ score: 0.5, costUsd: 2 });
  });
});

it.each([4165, 10, 37])('splits %i rows into ten that cover them without a gap', (length) => {
  const parts = splits(length, 10);
  expect(parts[0]?.[0]).toBe(0);
  expect(parts.at(-1)?.[1]).toBe(length);
  for (const [i, [from]] of parts.entries()) if (i > 0) expect(from).toBe(parts[i - 1]?.[1]);
  const sizes = parts.map(([from, to]) => to - from);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

it('means a window that is shorter at the start', () => {
  expect(movingMean([1, 0, 1, 1], 2, [1, 2, 4])).toEqual([1, 0.5, 1]);
});

it('reads quantiles off the sorted values, and 0 off none', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(quantiles(values)).toEqual({ p50: 51, p99: 100 });
  expect(quantiles([])).toEqual({ p50: 0, p99: 0 });
});
