// What is recorded of a decision, its outcome and what people said of it: versioned, append-only, without any prompt text unless the operator wants it.
import type { DecisionId } from '../base/index.ts';
import type { SparseContext } from '../learning/index.ts';

/** What is known of one pool that could have been chosen; the router says more than this, and all of it is kept. */
export interface RecordedCandidate {
  readonly pool: string;
  /** The learner's key. */
  readonly arm: string;
  readonly propensity: number;
  /** The quality that was expected when it was decided; undefined when the strategy did not ask. */
  readonly quality: number | undefined;
}

/** Plain data all through. */
export interface DecisionRecord {
  readonly v: 2;
  readonly id: DecisionId;
  /** ms since the epoch */
  readonly at: number;
  /** Everything the router said: for people and for replay. */
  readonly decision: { readonly candidates: readonly RecordedCandidate[] };
  /** Facts of the request. */
  readonly workload: object;
  /** The pool that was chosen first. */
  readonly chosen: string;
  readonly context: SparseContext;
  /** Of the feature space that `context` lives in. */
  readonly contextFingerprint: string;
  /** The caller's last message, at most 4 KiB of it; only where the operator asked for it (SLUICE_LOG_TEXT). */
  readonly text?: string | undefined;
}

export type Finish = 'completed' | 'interrupted' | 'failed' | 'abandoned';

export interface Usage {
  readonly inputTokens: number;
  /** Of the input, those that the server took from its prefix cache; 0 when it does not say. */
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
  readonly ttftMs: number | undefined;
  /** Mean time between two pieces of a streamed answer; undefined when there were fewer than two. */
  readonly itlMs: number | undefined;
  /** Time that it waited for a free place. */
  readonly queuedMs: number;
  /** From the request's start to its sending, and from there to its end; undefined: never sent. */
  readonly sentMs: number | undefined;
  readonly tookMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly costUsd: number;
  /** Of a cascade's stage: "accept", or "defer: why". */
  readonly verdict: string | undefined;
}

/** Exactly one for every decision. completed: the whole answer was delivered; interrupted: it broke off after its first byte; failed: no answer; abandoned: the caller left (or the gateway died). */
export interface Outcome {
  readonly v: 2;
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
  readonly entries: readonly FeedbackEntry[];
  readonly learned: number | undefined;
}

/** A decision with what became of it. */
export interface LoggedDecision {
  readonly record: DecisionRecord;
  /** undefined: under way, or its process has died and nobody has closed it yet. */
  readonly outcome: Outcome | undefined;
  /** The process that decided. */
  readonly replica: string;
}

/** counted: it moved the learner; stored: kept, but there was no answer to learn about (yet); duplicate: had been received before. */
export interface FeedbackResult {
  readonly status: 'counted' | 'stored' | 'duplicate';
  readonly reason: string | undefined;
}
