// Shrunk means: what they are, and that the choice between ways to make them is made on rows that were held back.
import { describe, expect, it } from 'vitest';
import { byCategory, fitModel, heldBackError, predict, type Observation } from './prior-fit.ts';

const row = (fold: number, weights: readonly number[], ...scores: (number | null)[]): Observation => ({
  fold,
  weights,
  scores,
});

describe('a fitted model', () => {
  const rows = [row(0, [1, 0], 1), row(0, [1, 0], 0), row(1, [0, 1], 1), row(1, [0, 1], null), row(2, [0.5, 0], 1)];

  it('has means over the rows that were answered, by share of topic', () => {
    const { overall, topics } = fitModel(rows, 0, 0);
    expect(overall).toBe(0.75);
    expect(topics).toEqual([
      { quality: 1.5 / 2.5, rows: 2.5 },
      { quality: 1, rows: 1 },
    ]);
  });

  it('is shrunk towards the overall mean, a topic without rows wholly', () => {
    expect(fitModel(rows, 0, 3).topics.map(({ quality }) => quality)).toEqual([
      (1.5 + 3 * 0.75) / 5.5,
      (1 + 3 * 0.75) / 4,
    ]);
    expect(fitModel([row(0, [1, 0], 0.5)], 0, 0).topics[1]).toEqual({ quality: 0.5, rows: 0 });
    expect(fitModel([row(0, [1, 0], null)], 0, 1).overall).toBe(0);
  });

  it('predicts by share of topic, the rest as overall', () => {
    const fit = {
      overall: 0.5,
      topics: [
        { quality: 1, rows: 1 },
        { quality: 0, rows: 1 },
      ],
    };
    expect(predict(fit, [0.5, 0.25])).toBeCloseTo(0.5 + 0.25 * 0.5, 12);
  });
});

describe('the error on held-back folds', () => {
  it('does not know the rows that it judges', () => {
    const rows = [row(0, [1], 0), row(4, [1], 1)];
    expect(heldBackError(rows, rows, [4], 0)).toBe(1);
    expect(heldBackError(rows, rows, [0], 0)).toBe(1);
  });
});

describe('by category', () => {
  it('all of a category is about what most of it is about', () => {
    const labelled = [
      { ...row(0, [0.9, 0.1], 1), category: 'a' },
      { ...row(0, [0.4, 0.6], 1), category: 'a' },
      { ...row(0, [0.4, 0.6], 1), category: 'b' },
    ];
    expect(byCategory(labelled).map(({ weights }) => Array.from(weights))).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
  });
});
