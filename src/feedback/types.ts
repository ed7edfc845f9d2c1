// What is recorded of a decision, its outcome and what people said of it: versioned, append-only, without any prompt text.
import type { DecisionId } from '../base/index.ts';
import type { SparseContext } from '../learning/index.ts';

/** What learning needs to know of one candidate. */
export interface RecordedArm {
  readonly key: string;
  readonly propensity: number;
  /** The quality that was expected when it was decided; undefined when the strategy did not ask. */
  readonly expectedQuality: number | undefined;
}

export interface DecisionRecord {
  readonly v: 1;
  readonly id: DecisionId;
  readonly at: number;
  /** Everything the router said, as JSON: for people and for replay. */
  readonly decision: Readonly<Record<string, unknown>>;
  /** Facts of the request. */
  readonly workload: Readonly<Record<string, unknown>>;
  /** By pool. */
  readonly arms: Readonly<Record<string, RecordedArm>>;
  /** The pool that was chosen first. */
  readonly chosen: string;
  readonly context: SparseContext;
  /** Of the feature space that `context` lives in. */
  readonly contextFingerprint: string;
}

export type Finish = 'completed' | 'interrupted' | 'failed' | 'abandoned';

export interface Usage {
  readonly inputTokens: number;
  /** Those of the input tokens that the upstream had in its prefix cache. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** True when the upstream reported none and the numbers are Sluice's estimate. */
  readonly estimated: boolean;
}

export interface Attempt {
  readonly stage: number;
  readonly pool: string;
  readonly endpoint: string;
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
  /** From the request's start to its sending, and from there to its end; undefined: never sent. */
  readonly sentMs?: number | undefined;
  readonly tookMs?: number | undefined;
  /** Time in the pool's queue. */
  readonly queuedMs: number;
  readonly ttftMs: number | undefined;
  /** Mean time between two output tokens, of a stream. */
  readonly itlMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly costUsd: number;
  /** Of a cascade's stage: "accept", or "defer: why". */
  readonly verdict: string | undefined;
}

/** Exactly one for every decision. completed: the whole answer was delivered; interrupted: it broke off after its first byte; failed: no answer; abandoned: the caller left (or the gateway died). */
export interface Outcome {
  readonly v: 1;
  readonly decisionId: DecisionId;
  readonly at: number;
  readonly finish: Finish;
  readonly status: number;
  readonly errorCode: string | undefined;
  /** The pool whose answer the caller got. */
  readonly answeredBy: string | undefined;
  readonly attempts: readonly Attempt[];
  /** Of all attempts together. */
  readonly usage: Usage;
  readonly costUsd: number;
  readonly ttftMs: number | undefined;
  readonly e2eMs: number;
  readonly overheadMs: number;
}

export interface Feedback {
  readonly decisionId: DecisionId;
  /** In [0, 1], higher is better. */
  readonly score: number;
  readonly label: string | undefined;
  readonly rater: string | undefined;
  readonly source: string;
  readonly idempotencyKey: string | undefined;
}

export interface FeedbackEntry {
  readonly at: number;
  readonly score: number;
  readonly label: string | undefined;
  readonly rater: string | undefined;
  readonly source: string;
}

/** All feedback on one decision, and the value that the learner has been given for it. */
export interface FeedbackRecord {
  readonly v: 1;
  readonly entries: readonly FeedbackEntry[];
  readonly learned: number | undefined;
}

/** counted: it moved the learner; stored: kept, but there was no answer to learn about (yet); duplicate: had been received before. */
export interface FeedbackResult {
  readonly status: 'counted' | 'stored' | 'duplicate';
  readonly reason: string | undefined;
}
