// The learner's sums: additive, whole in whatever parts they came; and what it says of prices and lengths.
import { array, assert, double, integer, property, shuffledSubarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { ARMS, randomReward } from './fixtures/rewards.ts';
import { createLearner, priceRanks } from './learner.ts';
import { mergeStatistics } from './fixtures/merge-statistics.ts';
import { observationWeight, sparse } from './statistics.ts';
import type { ArmStatistics, Reward, Statistics } from './types.ts';

const DIMENSIONS = 5;
const random = seededRandom(21);
const rewards = Array.from({ length: 60 }, () => randomReward(random, DIMENSIONS));
const context = Float32Array.of(1, 0.5, 0.25, 0, 0);
const keys = ARMS.map(({ key }) => key);

function taught(given: readonly Reward[]) {
  const learner = createLearner(ARMS, DIMENSIONS);
  for (const reward of given) learner.observe(reward);
  return learner;
}

function expectSame(left: Statistics, right: Statistics): void {
  const flat = (of: ArmStatistics | undefined): number[] =>
    of === undefined ? [] : [of.observations, of.answers, of.outputTokens, ...of.gram, ...of.moment];
  expect([...left.keys()].toSorted()).toEqual([...right.keys()].toSorted());
  for (const key of left.keys()) {
    const [a, b] = [flat(left.get(key)), flat(right.get(key))];
    expect(a.length).toBe(b.length);
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? NaN, 9));
  }
}

describe('statistics', () => {
  it('of replicas merged in any partition and order are those of one learner', () => {
    const whole = taught(rewards);
    assert(
      property(
        array(integer({ min: 0, max: 3 }), { minLength: rewards.length, maxLength: rewards.length }),
        shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        (owner, order) => {
          const replicas = [0, 1, 2, 3].map(
            (replica) => taught(rewards.filter((_, i) => owner[i] === replica)).statistics,
          );
          const merged: Statistics = new Map();
          for (const replica of order) mergeStatistics(merged, replicas[replica] ?? new Map());
          expectSame(merged, whole.statistics);
          const left = createLearner(ARMS, DIMENSIONS, merged).snapshot().predict(context, keys);
          const right = whole.snapshot().predict(context, keys);
          left.quality.forEach((value, i) => expect(value).toBeCloseTo(right.quality[i] ?? NaN, 9));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('merge a correction that another replica saw', () => {
    const first = rewards[0];
    if (first === undefined) throw new Error('no rewards');
    const correction = { ...first, value: 0.9, previousValue: first.value };
    const [left, right] = [taught([first]).statistics, taught([correction]).statistics];
    mergeStatistics(right, left);
    expectSame(right, taught([{ ...first, value: 0.9 }]).statistics);
  });

  it('keep the merged parts apart from their source', () => {
    const [into, from] = [new Map() as Statistics, taught(rewards).statistics];
    mergeStatistics(into, from);
    const before = from.get('small')?.moment.slice();
    mergeStatistics(into, from);
    expect(from.get('small')?.moment).toEqual(before);
    expect(into.get('small')?.observations).toBe(2 * (from.get('small')?.observations ?? NaN));
  });

  it('keep a reward for an unknown arm, for when the arm comes back', () => {
    const learner = taught([]);
    const retired = rewards.slice(0, 20).map((reward) => ({ ...reward, arm: 'retired' }));
    for (const reward of retired) learner.observe(reward);
    expect(learner.statistics.get('retired')?.observations).toBe(20);
    expect(learner.snapshot().predict(context, keys)).toEqual(taught([]).snapshot().predict(context, keys));
    learner.configure([...ARMS, { key: 'retired', priceRank: 0 }]);
    const direct = createLearner([...ARMS, { key: 'retired', priceRank: 0 }], DIMENSIONS);
    for (const reward of retired) direct.observe(reward);
    const [back, expected] = [learner, direct].map((l) => l.snapshot().predict(context, ['retired']).quality[0]);
    expect(back).toBeCloseTo(expected ?? NaN, 9);
  });
});

describe('the learner', () => {
  it('grows its version with everything taken in, and snapshots carry it', () => {
    const learner = taught(rewards.slice(0, 3));
    expect(learner.version).toBe(3);
    learner.observeAnswer('small', 10);
    learner.configure(ARMS);
    const snapshot = learner.snapshot();
    expect(snapshot.version).toBe(5);
    learner.observeAnswer('small', 10);
    expect([snapshot.version, learner.version]).toEqual([5, 6]);
    expect(Object.isFrozen(snapshot)).toBe(true);
  });

  it('copies its predictions anew after a reward or other arms, not after an answer alone', () => {
    const learner = taught(rewards.slice(0, 3));
    const first = learner.snapshot().predict;
    learner.observeAnswer('small', 10);
    expect(learner.snapshot().predict).toBe(first);
    for (const reward of rewards.slice(3, 4)) learner.observe(reward);
    const second = learner.snapshot().predict;
    expect(second).not.toBe(first);
    learner.configure(ARMS);
    expect(learner.snapshot().predict).not.toBe(second);
  });

  it('expects 250 output tokens before it has seen an answer, then what it sees', () => {
    const learner = taught([]);
    expect(learner.snapshot().expectedOutputTokens('small')).toBe(250);
    expect(learner.snapshot().expectedOutputTokens('never heard of')).toBe(250);
    const early = learner.snapshot();
    for (let i = 0; i < 95; i++) learner.observeAnswer('small', 1_000);
    const common = (95 * 1_000 + 5 * 250) / 100;
    expect(learner.snapshot().expectedOutputTokens('small')).toBeCloseTo((95 * 1_000 + 5 * common) / 100, 9);
    expect(early.expectedOutputTokens('small')).toBe(250);
  });

  it('expects of an arm that has not answered what the others do', () => {
    const learner = taught([]);
    for (let i = 0; i < 95; i++) learner.observeAnswer('small', 50);
    expect(learner.snapshot().expectedOutputTokens('large')).toBeCloseTo((95 * 50 + 5 * 250) / 100, 9);
  });

  it('goes on from stored statistics', () => {
    const before = taught(rewards);
    before.observeAnswer('large', 700);
    const after = createLearner(ARMS, DIMENSIONS, before.statistics);
    expect(after.snapshot().expectedOutputTokens('large')).toBe(before.snapshot().expectedOutputTokens('large'));
    const [left, right] = [before, after].map((l) => l.snapshot().predict(context, keys).quality);
    left?.forEach((value, i) => expect(value).toBeCloseTo(right?.[i] ?? NaN, 9));
  });
});

describe('priceRanks', () => {
  it.each([
    [[], []],
    [[3], [0]],
    [
      [1, 2],
      [-0.5, 0.5],
    ],
    [
      [5, 1, 3],
      [0.5, -0.5, 0],
    ],
    [
      [2, 2, 2],
      [0, 0, 0],
    ],
    [
      [1, 1, 4],
      [-0.25, -0.25, 0.5],
    ],
    [
      [0, 10, 10, 20],
      [-0.5, 0, 0, 0.5],
    ],
  ])('of %j are %j', (prices, ranks) => {
    priceRanks(prices).forEach((rank, i) => expect(rank).toBeCloseTo(ranks[i] ?? NaN, 12));
    expect(priceRanks(prices)).toHaveLength(ranks.length);
  });

  it('are centred, within [-0.5, 0.5], and keep the order', () => {
    assert(
      property(array(double({ min: 0, max: 100, noNaN: true }), { maxLength: 8 }), (prices) => {
        const ranks = priceRanks(prices);
        expect(Math.abs(ranks.reduce((a, b) => a + b, 0))).toBeLessThan(1e-9);
        for (const [i, a] of prices.entries())
          for (const [j, b] of prices.entries()) if (a < b) expect(ranks[i] ?? 1).toBeLessThan(ranks[j] ?? 0);
        expect(ranks.every((rank) => Math.abs(rank) <= 0.5)).toBe(true);
      }),
    );
  });
});

describe('observationWeight', () => {
  it.each([
    [0.5, 4],
    [0.9, 1 / 0.09],
    [1, 1 / 0.06],
    [0, 1 / 0.06],
    [-0.3, 1 / 0.06],
    [1.4, 1 / 0.06],
  ])('of an expectation of %d is %d', (mean, weight) => {
    expect(observationWeight(mean)).toBeCloseTo(weight, 9);
  });
});

describe('sparse', () => {
  it('keeps the non-zeros with their places', () => {
    expect(sparse(Float32Array.of(1, 0, 0.5, 0))).toEqual({ indices: [0, 2], values: [1, 0.5] });
    expect(sparse([])).toEqual({ indices: [], values: [] });
  });
});
