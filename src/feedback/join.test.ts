// Feedback meets its decision: whose word counts, and when there is nothing to learn from.
import { describe, expect, it } from 'vitest';
import { newDecisionId } from '../base/index.ts';
import { combinedScore, toReward } from './join.ts';
import type { DecisionRecord, FeedbackEntry, Finish, Outcome } from './types.ts';

const entry = (score: number, rater?: string, source = 'user'): FeedbackEntry => ({
  at: 0,
  score,
  label: undefined,
  rater,
  source,
});

describe('combinedScore', () => {
  it.each([
    ['one voice', [entry(0.3)], 0.3],
    ['the mean of raters', [entry(1, 'a'), entry(0, 'b'), entry(0.5, 'c')], 0.5],
    ['a rater’s latest word', [entry(1, 'a'), entry(0, 'b'), entry(0, 'a')], 0],
    ['sources apart', [entry(1, 'a', 'user'), entry(0, 'a', 'judge')], 0.5],
    ['nameless voices of one source as one', [entry(1), entry(1), entry(0)], 0],
  ])('is %s', (_what, entries, expected) => {
    expect(combinedScore(entries)).toBeCloseTo(expected, 12);
  });
});

const record: DecisionRecord = {
  v: 2,
  id: newDecisionId(),
  at: 0,
  decision: {
    candidates: [
      { pool: 'a', arm: 'm@a', propensity: 0.7, quality: 0.5 },
      { pool: 'b', arm: 'n@b', propensity: 0.3, quality: undefined },
    ],
  },
  workload: {},
  chosen: 'a',
  context: { indices: [0, 3], values: [1, 0.5] },
  contextFingerprint: 'f',
};
const outcome = (finish: Finish, answeredBy: string | undefined): Outcome => ({
  v: 2,
  decisionId: record.id,
  at: 0,
  finish,
  status: 200,
  errorCode: undefined,
  answeredBy,
  attempts: [],
  usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: false },
  costUsd: 0,
  ttftMs: undefined,
  e2eMs: 0,
  overheadMs: 0,
});

describe('toReward', () => {
  it('is about the arm that answered, with the propensity of the one that was chosen', () => {
    expect(toReward(record, outcome('completed', 'a'), 0.9, undefined)).toEqual({
      arm: 'm@a',
      context: record.context,
      value: 0.9,
      previousValue: undefined,
      // 1 / (0.5 x 0.5)
      weight: 4,
      propensity: 0.7,
    });
  });

  it('has no propensity when a fallback answered, and corrects what was learnt before', () => {
    expect(toReward(record, outcome('completed', 'b'), 0.2, 1)).toMatchObject({
      arm: 'n@b',
      value: 0.2,
      previousValue: 1,
      propensity: undefined,
      weight: 1 / 0.24,
    });
  });

  it.each<[Finish, string | undefined]>([
    ['interrupted', 'a'],
    ['abandoned', 'a'],
    ['failed', undefined],
    ['completed', undefined],
    ['completed', 'not in the record'],
  ])('is none for %s by %s', (finish, answeredBy) => {
    expect(toReward(record, outcome(finish, answeredBy), 1, undefined)).toBeUndefined();
  });
});
