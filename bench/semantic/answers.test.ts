// What a choice among recorded answers got, on a few rows.
import { describe, expect, it } from 'vitest';
import type { ScoreRow } from '../support/model-scores.ts';
import { answersOf, byCategory } from './answers.ts';

const row = (category: string, score: number[], cost: number[]): ScoreRow => ({
  id: '',
  fold: 0,
  category,
  prompt: '',
  score,
  out_tok: null,
  cost,
});
const ROWS = [row('a', [1, 0, 1], [0.001, 0.002, 0.004]), row('b', [0, 1, 1], [0.001, 0.002, 0.004])];
const answers = answersOf(ROWS, [0, 2]);

describe('answers', () => {
  it('have the means of the rows drawn, of the pool’s models alone', () => {
    expect(answers.mean(Uint8Array.of(0, 1), Uint32Array.of(0, 1))).toEqual({ quality: 1, costUsd: 0.0025 });
    expect(answers.mean(Uint8Array.of(0, 0), Uint32Array.of(0, 1, 1, 1))).toEqual({ quality: 0.25, costUsd: 0.001 });
  });

  it('are best in hindsight by score, then by cost, then by their weight', () => {
    expect([answers.best(0, 0), answers.best(1, 0), answers.best(1, 0.4)]).toEqual([0, 1, 0]);
  });

  it('are told with a calibration error', () => {
    expect(answers.calibrationError(Float64Array.of(1, 1, 0, 1))).toBe(0);
    expect(answers.calibrationError(Float64Array.of(0.6, 0.6, 0.6, 0.6))).toBeCloseTo(0.15, 12);
    expect(answers.calibrationError(Float64Array.of(0, 0, 1, 0))).toBe(1);
  });
});

describe('by category', () => {
  it('takes what was best in the category, less its price', () => {
    const seen = [...ROWS, row('a', [0.8, 0, 1], [0.001, 0.002, 0.004])];
    expect(byCategory(seen, ROWS, [0, 2], [0, 1]).map((choice) => [...choice])).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });
});
