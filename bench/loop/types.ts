// What the parts of the loop benchmark hand to each other: rows, answers, what the gateway wrote down, and the report.

/** One model of the data set, served by one simulated server and one pool. */
export interface Arm {
  readonly model: string;
  readonly pool: string;
  /** US dollars per million tokens. */
  readonly inputPerMTok: number;
  readonly outputPerMTok: number;
}

/** One distinct prompt; `score` (0..1) and `costUsd` (of one call) are aligned with the arms. */
export interface Row {
  readonly id: string;
  readonly fold: number;
  readonly category: string;
  readonly prompt: string;
  readonly score: readonly number[];
  readonly costUsd: readonly number[];
}

export interface DataSet {
  readonly name: string;
  readonly directory: string;
  readonly arms: readonly Arm[];
  readonly rows: readonly Row[];
  readonly folds: readonly number[];
  /** Rows of the folds that were left out: a prompt that an earlier row has; a score that is missing for some arm. */
  readonly duplicates: number;
  readonly incomplete: number;
  /** True when the answers' lengths, and so the costs, are made up from prices. */
  readonly syntheticCost: boolean;
}

export interface Answered {
  readonly kind: 'answered';
  readonly decisionId: string;
  readonly completionId: string;
  /** Index of the model that the headers name. */
  readonly arm: number;
  /** The real score, as posted. */
  readonly score: number;
  readonly acknowledged: string;
  /** What the answer says that it should not, if anything. */
  readonly mismatch: string | undefined;
  readonly answerMs: number;
  readonly feedbackMs: number;
}

export interface Lost {
  readonly kind: 'lost';
  readonly why: string;
}

export type Result = Answered | Lost;

/** The part of a line of `sluice log` that is read here. */
export interface LogRecord {
  readonly id: string;
  readonly contextFingerprint: string;
  readonly outcome: {
    readonly finish: string;
    readonly answeredBy?: string;
    readonly attempts: readonly unknown[];
    readonly costUsd: number;
    readonly overheadMs: number;
  } | null;
  readonly feedback: { readonly entries: readonly { readonly score: number }[]; readonly learned?: number } | null;
}

export interface FleetStats {
  readonly model: string;
  readonly requests: number;
  readonly completed: number;
  readonly aborted: number;
  readonly failed: number;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Mean {
  readonly score: number;
  readonly costUsd: number;
}

/** One stretch of the stream: the means of every way to choose, by name. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly means: Readonly<Record<string, Mean>>;
  /** Summed over the stream up to the end of the stretch, against the best fixed model. */
  readonly regret: number;
}

export interface SeedReport {
  readonly seed: number;
  readonly prompts: number;
  /** Of the embedder and the topic classifier that the gateway ran with. */
  readonly contextFingerprint: string;
  readonly cheapest: string;
  readonly bestFixed: string;
  readonly tenths: readonly Stretch[];
  readonly whole: Stretch;
  readonly lastThird: Stretch;
  /** Rows of the folds that the topic classifier was not trained on. */
  readonly heldOut: Stretch;
  readonly heldOutLastThird: Stretch;
  /** Share of the answers by model, over the stream and over its last third. */
  readonly shares: Readonly<Record<string, { readonly whole: number; readonly lastThird: number }>>;
  readonly checks: readonly Check[];
  readonly lost: readonly string[];
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
  readonly perSecond: number;
  readonly overheadMs: Quantiles;
  readonly answerMs: Quantiles;
  readonly feedbackMs: Quantiles;
  readonly drainMs: number;
  /** Moving mean score of the bandit at `curveAt`. */
  readonly curve: readonly number[];
  readonly curveAt: readonly number[];
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}
