// Shrunk means and slopes: what they are, and that ways to make them are judged on rows that were held back.
import { describe, expect, it } from 'vitest';
import { byCategory, fitModel, heldBack, lead, predict, type Observation } from './prior-fit.ts';

const row = (fold: number, weights: readonly number[], ...scores: (number | null)[]): Observation => ({
  fold,
  weights,
  scores,
});
const flat = (mean: number, by: 'means' | 'regression' = 'means') => ({ by, mean, slope: undefined });
const none = { at: 0, slope: 0 };

describe('a fitted model', () => {
  const rows = [row(0, [1, 0], 1), row(0, [1, 0], 0), row(1, [0, 1], 1), row(1, [0, 1], null), row(2, [0.5, 0], 1)];

  it('has means over the rows that were answered, by share of topic', () => {
    const { overall, topics } = fitModel(rows, 0, flat(0));
    expect(overall).toBe(0.75);
    expect(topics).toEqual([
      { quality: expect.closeTo(1.5 / 2.5, 9), rows: 2.5, ...none },
      { quality: expect.closeTo(1, 9), rows: 1, ...none },
    ]);
  });

  it('is shrunk towards the overall mean, a topic without rows wholly', () => {
    const shrunk = fitModel(rows, 0, flat(3)).topics.map(({ quality }) => quality);
    expect(shrunk).toEqual([(1.5 + 3 * 0.75) / 5.5, (1 + 3 * 0.75) / 4].map((value) => expect.closeTo(value, 9)));
    expect(fitModel([row(0, [1, 0], 0.5)], 0, flat(0)).topics[1]).toEqual({ quality: 0.5, rows: 0, ...none });
    expect(fitModel([row(0, [1, 0], null)], 0, flat(1)).overall).toBe(0);
  });

  it('by regression, finds what mixed prompts are mixtures of', () => {
    const mixed = [row(0, [1, 0], 0.9), row(0, [0.5, 0.5], 0.5), row(0, [0.2, 0.8], 0.26)];
    const [first, second] = fitModel(mixed, 0, flat(0, 'regression')).topics;
    expect([first?.quality, second?.quality]).toEqual([expect.closeTo(0.9, 6), expect.closeTo(0.1, 6)]);
    expect(fitModel(mixed, 0, flat(0)).topics[1]?.quality).toBeGreaterThan(0.3);
    expect(fitModel(mixed, 0, flat(1e9, 'regression')).topics[1]?.quality).toBeCloseTo((0.9 + 0.5 + 0.26) / 3, 6);
  });

  it('falls with difficulty as the rows do whose difficulty is known, shrunk towards -1', () => {
    const easy = { ...row(4, [1], 1), difficulty: 0.2 };
    const hard = { ...row(4, [1], 0.6), difficulty: 0.6 };
    const fit = (slope: number) =>
      fitModel([easy, hard, row(0, [1], 0.8)], 0, { by: 'means', mean: 0, slope }).topics[0];
    expect(fit(0)).toMatchObject({ at: 0.4, slope: expect.closeTo(-1, 12), quality: expect.closeTo(0.8, 12) });
    const flatter = fitModel([easy, { ...hard, scores: [1] }], 0, { by: 'means', mean: 0, slope: 0.08 }).topics[0];
    expect(flatter?.slope).toBeCloseTo(-0.5, 12);
  });

  it('predicts by share of topic, the rest as overall, within 0 and 1', () => {
    const topic = { rows: 1, at: 0.5, slope: -1 };
    const fit = {
      overall: 0.5,
      topics: [
        { quality: 0.9, ...topic },
        { quality: 0.1, ...topic, slope: 0 },
      ],
    };
    expect(predict(fit, { weights: [0.5, 0.25] })).toBeCloseTo(0.45 + 0.025 + 0.125, 12);
    expect(predict(fit, { weights: [1, 0], difficulty: 0.7 })).toBeCloseTo(0.7, 12);
    expect(predict(fit, { weights: [1, 0], difficulty: 0 })).toBe(1);
  });
});

describe('held back', () => {
  const about = { folds: [4], pool: [0, 1] };

  it('does not know the rows that it judges', () => {
    const rows = [row(0, [1], 0), row(4, [1], 1)];
    expect(heldBack(rows, rows, { folds: [4], pool: [0] }, flat(0)).error).toBe(1);
    expect(heldBack(rows, rows, { folds: [0], pool: [0] }, flat(0)).error).toBe(1);
  });

  it('scores the model of the pool of which most is expected, where all answered', () => {
    const rows = [row(0, [1], 0.5, 0.4, 1), row(4, [1], 0.2, 0.9, 1), row(4, [1], null, 1, 1)];
    expect(heldBack(rows, rows, about, flat(0))).toMatchObject({ quality: 0.2, chosen: [0.2] });
  });

  it('one leads another by what it chose better of the same prompts', () => {
    const chose = (...chosen: number[]) => ({ error: 0, quality: 0, chosen });
    expect(lead(chose(1, 0.5, 1, 0), chose(0, 0.5, 0, 0))).toEqual({ value: 0.5, se: 0.25 });
    expect(lead(chose(1, 0, 1), chose(1, 0, 1))).toEqual({ value: 0, se: 0 });
    expect(lead(chose(), chose())).toEqual({ value: 0, se: 0 });
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
