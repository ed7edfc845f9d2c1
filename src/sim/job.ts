// What an endpoint makes of a request: work for the engine, and how the answer to it is written.
import type { AnswerSource } from './plan-answer.ts';
import type { FaultKind } from './faults.ts';
import type { WireError } from './wire-error.ts';

/** One sequence of the engine: a prompt, or one of several answers to it. */
export interface Run {
  readonly inputTokens: number;
  /** 0 = the prompt is only read, as for embeddings. */
  readonly outputTokens: number;
  readonly blockHashes: Float64Array;
  readonly finish: 'stop' | 'length';
  /** A further answer to the prompt of the run before: usage counts a prompt once. */
  readonly again: boolean;
}

/** Token counts of an answer; `cached_tokens` is left out when there are none, as vLLM with --enable-prompt-tokens-details does. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

/** What a fault makes of it; undefined = it is not sent. */
export type SentUsage = Usage | Readonly<Record<keyof Usage, null>> | undefined;

export interface AnswerFrame {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch, as OpenAI has it. */
  readonly createdSeconds: number;
}

/** An answer as text. The stream's parts are whole events. */
export interface AnswerFormat {
  body(usage: SentUsage): string;
  /** Tokens `from` (inclusive) to `to` (exclusive) of a run; called with 0, 0 for a run that generates nothing. */
  events(run: number, from: number, to: number): string;
  /** After the last token of the last run, [DONE] included. */
  ending(usage: SentUsage): string;
}

export interface Job {
  readonly stream: boolean;
  readonly runs: readonly Run[];
  format(frame: AnswerFrame): AnswerFormat;
}

export interface Endpoint {
  readonly path: string;
  readonly idPrefix: string;
  /** The field that holds the prompt: which a refusal names when it is too long. */
  readonly promptField: string;
  /** Never throws, whatever the body. */
  prepare(body: unknown, source: AnswerSource, fault: FaultKind | undefined): Job | WireError;
}

/** `cached[i]` = prompt tokens that the prefix cache had of run i. */
export function usageOf(runs: readonly Run[], cached: readonly number[]): Usage {
  let prompt = 0;
  let completion = 0;
  let hits = 0;
  for (const [i, run] of runs.entries()) {
    completion += run.outputTokens;
    if (run.again) continue;
    prompt += run.inputTokens;
    hits += cached[i] ?? 0;
  }
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(hits > 0 && { prompt_tokens_details: { cached_tokens: hits } }),
  };
}
