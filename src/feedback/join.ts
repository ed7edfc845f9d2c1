// Feedback meets its decision: entries -> one value -> the Reward that the learner gets. Pure.
import { observationWeight, type Reward } from '../learning/index.ts';
import type { DecisionRecord, FeedbackEntry, Outcome } from './types.ts';

/** What a strategy that predicts nothing is taken to have expected: the prior's middle. */
const EXPECTED_WITHOUT_PREDICTION = 0.6;

/** The mean over raters of each one's latest score: one rater counts once however often they speak. */
export function combinedScore(entries: readonly FeedbackEntry[]): number {
  const latest = new Map<string, number>();
  for (const entry of entries) latest.set(`${entry.source}\u0000${entry.rater ?? ''}`, entry.score);
  let total = 0;
  for (const score of latest.values()) total += score;
  return total / latest.size;
}

/** undefined when no answer was delivered whole: feedback on it says nothing about a model's quality. */
export function toReward(
  record: DecisionRecord,
  outcome: Outcome,
  value: number,
  learned: number | undefined,
): Reward | undefined {
  if (outcome.answeredBy === undefined || outcome.finish !== 'completed') return undefined;
  const answering = record.decision.candidates.find(({ pool }) => pool === outcome.answeredBy);
  if (answering === undefined) return undefined;
  return {
    arm: answering.arm,
    context: record.context,
    value,
    previousValue: learned,
    weight: observationWeight(answering.quality ?? EXPECTED_WITHOUT_PREDICTION),
    propensity: outcome.answeredBy === record.chosen ? answering.propensity : undefined,
  };
}
