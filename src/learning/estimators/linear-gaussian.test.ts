// The incremental posterior against the rebuilt one, and both against the normal equations solved by a library.
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/index.ts';
import { ARMS, randomContext, randomReward } from '../fixtures/rewards.ts';
import type { LearnerArm, Reward, Statistics } from '../types.ts';
import { createLinearGaussian } from './linear-gaussian.ts';

const DIMENSIONS = 6;
const SIZE = ARMS.length * DIMENSIONS;

/** The prior of the recipe, written once more by hand: this is what the oracle starts from. */
function prior(arms: readonly LearnerArm[]): { mean: Matrix; covariance: Matrix } {
  const mean = Matrix.zeros(SIZE, 1);
  const covariance = Matrix.zeros(SIZE, SIZE);
  arms.forEach((left, a) => {
    mean.set(a * DIMENSIONS, 0, 0.6 + 0.2 * left.priceRank);
    arms.forEach((right, b) => {
      for (let i = 0; i < DIMENSIONS; i++) {
        const ranks = left.priceRank * right.priceRank;
        const value = 0.04 + (a === b ? 0.01 : 0) + (i === 0 ? 0.02 : 0.006) * ranks;
        covariance.set(a * DIMENSIONS + i, b * DIMENSIONS + i, value);
      }
    });
  });
  return { mean, covariance };
}

/** Posterior of the final rewards: (K^-1 + X' W X) m = K^-1 m0 + X' W r. */
function oracle(rewards: readonly Reward[]): { mean: Matrix; covariance: Matrix } {
  const { mean, covariance } = prior(ARMS);
  const precision = inverse(covariance);
  const right = precision.mmul(mean);
  for (const { arm, context, value, weight } of rewards) {
    const x = Matrix.zeros(SIZE, 1);
    const at = ARMS.findIndex(({ key }) => key === arm) * DIMENSIONS;
    context.indices.forEach((index, k) => x.set(at + index, 0, context.values[k] ?? 0));
    precision.add(x.mmul(x.transpose()).mul(weight));
    right.add(x.clone().mul(weight * value));
  }
  const posterior = inverse(precision);
  return { mean: posterior.mmul(right), covariance: posterior };
}

const random = seededRandom(5);
const firsts = Array.from({ length: 300 }, () => randomReward(random, DIMENSIONS));
/** Every third reward is corrected later, some twice. */
const corrections = firsts.flatMap((reward, i): Reward[] => {
  if (i % 3 !== 0) return [];
  const once = { ...reward, value: 1 - reward.value, previousValue: reward.value };
  return i % 2 === 0 ? [once] : [once, { ...reward, value: 0.25, previousValue: once.value }];
});
const finals = firsts.map((reward, i) => ({
  ...reward,
  value: i % 3 !== 0 ? reward.value : i % 2 === 0 ? 1 - reward.value : 0.25,
}));

function taught(rewards: readonly Reward[], statistics: Statistics = new Map()) {
  const estimator = createLinearGaussian(ARMS, DIMENSIONS, statistics);
  for (const reward of rewards) estimator.observe(reward);
  return { estimator, statistics };
}

function means(estimator: { posteriorMean(arm: string): Float64Array }): number[] {
  return ARMS.flatMap(({ key }) => [...estimator.posteriorMean(key)]);
}

function largestGap(left: ArrayLike<number>, right: ArrayLike<number>): number {
  return Math.max(...Array.from(left, (value, i) => Math.abs(value - (right[i] ?? NaN))));
}

describe('the posterior mean', () => {
  it('starts at the prior: dearer is better', () => {
    const { estimator } = taught([]);
    expect(ARMS.map(({ key }) => estimator.posteriorMean(key)[0])).toEqual([0.5, 0.6, 0.7]);
  });

  it('equals the normal equations solved by the oracle', () => {
    expect(largestGap(means(taught(firsts).estimator), oracle(firsts).mean.to1DArray())).toBeLessThan(1e-9);
  });

  it('equals them with corrected rewards too', () => {
    const { estimator } = taught([...firsts, ...corrections]);
    expect(largestGap(means(estimator), oracle(finals).mean.to1DArray())).toBeLessThan(1e-9);
  });

  it('equals the one rebuilt from the stored sums', () => {
    const { estimator, statistics } = taught([...firsts, ...corrections]);
    const rebuilt = createLinearGaussian(ARMS, DIMENSIONS, statistics);
    expect(largestGap(means(estimator), means(rebuilt))).toBeLessThan(1e-9);
  });

  it.each([
    ['one context again and again', [[0.7, 0.3]]],
    [
      'a faint topic',
      [
        [5e-3, 0],
        [2e-2, 0],
      ],
    ],
    [
      'nearly the same context',
      [
        [0.7, 0.3],
        [0.7 + 1e-7, 0.3 - 1e-7],
      ],
    ],
  ] as const)('equals the rebuilt one in directions hardly seen: %s', (_name, topics) => {
    const seen = firsts.map((reward, i) => {
      const [one, two] = topics[i % topics.length] ?? [0, 0];
      return { ...reward, context: { indices: [0, 1, 2], values: [1, one, two] } };
    });
    const { estimator, statistics } = taught(seen);
    const rebuilt = createLinearGaussian(ARMS, DIMENSIONS, statistics);
    expect(largestGap(means(estimator), means(rebuilt))).toBeLessThan(1e-9);
    expect(largestGap(means(estimator), oracle(seen).mean.to1DArray())).toBeLessThan(1e-9);
  });

  it('does not depend on the order of rewards', () => {
    const shuffled = firsts.toSorted((a, b) => a.weight - b.weight);
    expect(largestGap(means(taught(firsts).estimator), means(taught(shuffled).estimator))).toBeLessThan(1e-9);
  });

  it('stays right beyond the rebuild that comes every 20,000 rewards', () => {
    const many = Array.from({ length: 20_100 }, (_, i) => firsts[i % firsts.length] ?? firsts[0]).filter(
      (r) => r !== undefined,
    );
    const { estimator, statistics } = taught(many);
    const rebuilt = createLinearGaussian(ARMS, DIMENSIONS, statistics);
    expect(largestGap(means(estimator), means(rebuilt))).toBeLessThan(1e-9);
  });

  it('moves arms that were not asked, through what they share', () => {
    const bad = firsts.map((reward) => ({ ...reward, arm: 'small', value: 0 }));
    const { estimator } = taught(bad);
    expect(estimator.posteriorMean('large')[0]).toBeLessThan(0.7);
    expect(estimator.posteriorMean('large')[0]).toBeGreaterThan(estimator.posteriorMean('small')[0] ?? 1);
  });
});

describe('predictions', () => {
  const { estimator } = taught([...firsts, ...corrections]);
  const predict = estimator.snapshot();
  const expected = oracle(finals);
  const contexts = Array.from({ length: 20 }, () => randomContext(random, DIMENSIONS));

  function row(arm: string, context: Float32Array): Matrix {
    const x = Matrix.zeros(1, SIZE);
    const at = ARMS.findIndex(({ key }) => key === arm) * DIMENSIONS;
    context.forEach((value, i) => x.set(0, at + i, value));
    return x;
  }

  it.each([[['small', 'medium', 'large']], [['large', 'small']]])(
    'for %j are the oracle’s, the deviation against the common level',
    (arms) => {
      for (const context of contexts) {
        const { quality, sd } = predict(context, arms);
        const rows = arms.map((arm) => row(arm, context));
        expect(
          largestGap(
            quality,
            rows.map((x) => x.mmul(expected.mean).get(0, 0)),
          ),
        ).toBeLessThan(1e-9);
        const center = rows.reduce((total, x) => Matrix.add(total, x), Matrix.zeros(1, SIZE)).mul(1 / arms.length);
        const deviations = rows.map((x) => {
          const contrast = Matrix.sub(x, center);
          const variance = contrast.mmul(expected.covariance).mmul(contrast.transpose()).get(0, 0);
          return Math.sqrt((variance * arms.length) / (arms.length - 1));
        });
        expect(largestGap(sd, deviations)).toBeLessThan(1e-9);
      }
    },
  );

  it('of one arm alone are certain: there is nothing to choose', () => {
    expect([...predict(contexts[0] ?? new Float32Array(DIMENSIONS), ['medium']).sd]).toEqual([0]);
  });

  it('throw for an arm that was not configured', () => {
    expect(() => predict(new Float32Array(DIMENSIONS), ['small', 'huge'])).toThrow('the learner knows no arm "huge"');
  });

  it('of a snapshot stay the same after later observations', () => {
    const learning = taught(firsts.slice(0, 50)).estimator;
    const context = contexts[1] ?? new Float32Array(DIMENSIONS);
    const snapshot = learning.snapshot();
    const before = snapshot(context, ['small', 'medium', 'large']);
    for (const reward of firsts.slice(50)) learning.observe(reward);
    expect(snapshot(context, ['small', 'medium', 'large'])).toEqual(before);
    expect(learning.snapshot()(context, ['small', 'medium', 'large'])).not.toEqual(before);
  });

  it('grow surer with what is seen, where it is seen', () => {
    const context = Float32Array.of(1, 1, 0, 0, 0, 0);
    const elsewhere = Float32Array.of(1, 0, 1, 0, 0, 0);
    const none = taught([]).estimator.snapshot();
    const reward = {
      context: { indices: [0, 1], values: [1, 1] },
      value: 0.5,
      previousValue: undefined,
      weight: 4,
      propensity: undefined,
    };
    const some = taught(
      Array.from({ length: 200 }, (_, i) => ({ ...reward, arm: ARMS[i % 3]?.key ?? '' })),
    ).estimator.snapshot();
    const sd = (predict_: typeof none, at: Float32Array): number => predict_(at, ['small', 'large']).sd[0] ?? 0;
    expect(sd(some, context)).toBeLessThan(sd(none, context) / 2);
    expect(sd(some, elsewhere)).toBeLessThan(sd(none, elsewhere));
    expect(sd(some, elsewhere)).toBeGreaterThan(2 * sd(some, context));
  });
});
