// For the room's tests: a ledger on a store, and records to put in it.
import { manualClock, newDecisionId, type DecisionId, type GatewayEvent } from '../base/index.ts';
import type { Store } from '../store/index.ts';
import { openFeedback, type FeedbackOptions, type Feedbacks } from './ledger.ts';
import type { DecisionRecord, Feedback, Outcome } from './types.ts';

export const SPACE = 'space-1';
export const ARMS = ['a', 'b'].map((pool, i) => ({ key: `m@${pool}`, priceRank: i - 0.5 }));

export interface Opened extends Feedbacks {
  readonly events: readonly GatewayEvent[];
  readonly clock: ReturnType<typeof manualClock>;
}

/** Whoever wrote here before is dead, unless `exclusive` is false. */
export async function openOn(store: Store, more: Partial<FeedbackOptions> = {}): Promise<Opened> {
  const events: GatewayEvent[] = [];
  const clock = manualClock(Date.now());
  const opened = await openFeedback({
    store,
    arms: ARMS,
    dimensions: 2,
    fingerprint: SPACE,
    clock,
    publish: (event) => void events.push(event),
    retention: { maxAgeMs: Infinity, maxBytes: Infinity },
    exclusive: true,
    ...more,
  });
  return { ...opened, events, clock };
}

export function record(id: DecisionId = newDecisionId(), more: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    v: 2,
    id,
    at: 1_000,
    decision: {
      candidates: ['a', 'b'].map((pool) => ({ pool, arm: `m@${pool}`, propensity: 0.5, quality: undefined })),
    },
    workload: {},
    chosen: 'a',
    context: { indices: [0], values: [1] },
    contextFingerprint: SPACE,
    ...more,
  };
}

export function outcome(decisionId: DecisionId, more: Partial<Outcome> = {}): Outcome {
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, estimated: false };
  return {
    v: 2,
    decisionId,
    at: 2_000,
    finish: 'completed',
    status: 200,
    errorCode: undefined,
    answeredBy: 'a',
    attempts: [],
    usage,
    costUsd: 0,
    ttftMs: undefined,
    e2eMs: 1,
    overheadMs: 1,
    ...more,
  };
}

export const say = (decisionId: DecisionId, more: Partial<Feedback> = {}): Feedback => ({
  decisionId,
  score: 1,
  label: undefined,
  rater: undefined,
  source: 'user',
  idempotencyKey: undefined,
  ...more,
});
