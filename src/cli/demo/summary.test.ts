// The sums of a run that can be checked by hand, and how they read.
import { expect, it } from 'vitest';
import { coloured, plain } from './paint.ts';
import { renderSummary } from './render-summary.ts';
import { summarise, type SummaryOptions } from './summary.ts';
import { Tally } from './tally.ts';
import type { Answered } from './types.ts';

const OPTIONS: SummaryOptions = {
  ending: 'completed',
  elapsedMs: 10_000,
  topics: ['code', 'law', 'math'],
  pools: ['small', 'large'],
  controlPool: 'large',
};

const one = (sentMs: number, pool: string, score: 0 | 1, more: Partial<Answered> = {}): Answered => ({
  sentMs,
  answeredMs: sentMs + 500,
  topic: 'code',
  group: 'routed',
  pool,
  score,
  costUsd: pool === 'small' ? 4e-6 : 60e-6,
  ...more,
});

function tallyOf(answered: readonly Answered[]): Tally {
  const tally = new Tally();
  tally.answered.push(...answered);
  return tally;
}

/** 40 routed in the first fifth (all large, half of them right), 40 in the last (three quarters small, all right), 40 control. */
function learnt(): Tally {
  const times = Array.from({ length: 40 }, (_, i) => i);
  return tallyOf([
    ...times.map((i) => one(i, 'large', i % 2 === 0 ? 1 : 0)),
    ...times.map((i) => one(9_000 + i, i % 4 === 0 ? 'large' : 'small', 1)),
    ...times.map((i) => one(5_000 + i, 'large', i % 4 === 0 ? 0 : 1, { group: 'control', topic: 'law' })),
  ]);
}

it('compares the first fifth with the last, and the last with the control group', () => {
  const summary = summarise(learnt(), OPTIONS);
  expect(summary.requests).toEqual({ answered: 120, routed: 80, control: 40, failed: 0, heldBack: 0 });
  expect(summary.byPool).toEqual({ small: 30, large: 50 });
  expect(summary.first).toMatchObject({ score: { mean: 0.5, n: 40 }, shares: { small: 0, large: 1 } });
  expect(summary.last).toMatchObject({ score: { mean: 1, n: 40 }, shares: { small: 0.75, large: 0.25 } });
  expect(summary.learnt.score.value).toBe(0.5);
  expect(summary.control?.score.mean).toBe(0.75);
  expect(summary.control?.scoreDifference.value).toBe(0.25);
  expect(summary.control?.scoreDifference.low).toBeGreaterThan(0);
  expect(summary.control?.costChange.value).toBeCloseTo(18 / 60 - 1, 9);
  expect(summary.totalCostUsd).toBeCloseTo(30 * 4e-6 + 90 * 60e-6, 9);
});

it('names the pool that a topic prefers now, with its share before and its score', () => {
  const [code, law] = summarise(learnt(), OPTIONS).topics;
  expect(code).toMatchObject({
    preferred: 'small',
    preferredShare: 0.75,
    preferredShareBefore: 0,
    preferredScore: { mean: 1, n: 30 },
    first: { meanScore: 0.5 },
    last: { meanScore: 1 },
  });
  // Only the control group asked about law.
  expect(law).toMatchObject({ n: 0, preferred: undefined });
});

it('reads as a newcomer needs it', () => {
  const tally = learnt();
  tally.fail('503 SLUICE_ROUTER_NO_HEALTHY_POOL');
  tally.feedbackSaid('counted');
  tally.heldBack = 2;
  const text = renderSummary(summarise(tally, OPTIONS), OPTIONS.pools, plain);
  expect(text).toMatchSnapshot();
  // oxlint-disable-next-line no-control-regex -- colours are what must be gone
  const bare = renderSummary(summarise(tally, OPTIONS), OPTIONS.pools, coloured).replaceAll(/\x1b\[\d+m/g, '');
  expect(bare).toBe(text);
});

it.each([
  ['few', [one(1, 'large', 1), one(9_000, 'small', 1), one(2, 'large', 1, { group: 'control' })], /too few to compare/],
  ['few', [one(1, 'large', 1), one(9_000, 'small', 1)], /code +too few/],
  ['no control', [one(1, 'large', 1)], /no control group/],
  ['nothing', [], /nothing to compare/],
])('claims nothing from %s', (_, answered: Answered[], said) => {
  const text = renderSummary(summarise(tallyOf(answered), OPTIONS), OPTIONS.pools, plain);
  expect(text).toMatch(said);
  expect(text).not.toMatch(/less than always|NaN|undefined/);
});

it('says how far scores may lie apart when they cannot be told apart, and that worse is worse', () => {
  const last = (score: (i: number) => 0 | 1) => Array.from({ length: 40 }, (_, i) => one(9_000 + i, 'small', score(i)));
  const control = Array.from({ length: 40 }, (_, i) => one(i, 'large', i % 4 === 0 ? 0 : 1, { group: 'control' }));
  const text = (answered: readonly Answered[]) =>
    renderSummary(summarise(tallyOf(answered), OPTIONS), OPTIONS.pools, plain);
  expect(text([...last((i) => (i % 4 === 0 ? 0 : 1)), ...control])).toMatch(
    /93 % less .*\.\n The scores cannot be told/,
  );
  expect(text([...last(() => 0), ...control])).toMatch(/93 % less .*; its answers scored worse by 0\.\d\d to 0\.\d\d/);
});
