// What a simulated server counts; every request ends in exactly one of completed, aborted, failed.

export interface SimStats {
  /** Requests to the model that arrived: completed + aborted + failed + those still open. */
  readonly requests: number;
  readonly running: number;
  readonly waiting: number;
  readonly completed: number;
  /** The client went away before the end. */
  readonly aborted: number;
  /** Answered with an error, or broken by a fault (cut, garbage). */
  readonly failed: number;
  /** Prompt tokens of requests that got their first token. */
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** The most sequences that ever ran at once. */
  readonly maxRunning: number;
  /** Share of the KV cache that running sequences hold, 0..1. */
  readonly kvUsage: number;
  /** How often a running sequence lost its KV blocks to older ones and was computed anew. */
  readonly preemptions: number;
  /** Prompt tokens that the prefix cache was asked for, and those that it had. */
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
}

/** The running counts behind `SimStats` and /metrics. */
export interface Tally {
  requests: number;
  aborted: number;
  failed: number;
  promptTokens: number;
  generatedTokens: number;
  completed: number;
  /** Sequences by how they ended, as vLLM counts them: an answer to several prompts is several; a tool call is a stop. */
  readonly finished: { stop: number; length: number; abort: number };
}

export function createTally(): Tally {
  return {
    requests: 0,
    aborted: 0,
    failed: 0,
    promptTokens: 0,
    generatedTokens: 0,
    completed: 0,
    finished: { stop: 0, length: 0, abort: 0 },
  };
}
