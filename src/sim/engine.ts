// The engine's pure core: a queue, a batch and the time that one step of it takes, as in vLLM's scheduler; no timers, no I/O.
import type { EngineProfile } from './engine-profiles.ts';

/** vLLM's max_num_batched_tokens on 70 GiB GPUs: a longer prompt is prefilled in chunks over several steps. */
export const MAX_BATCHED_TOKENS = 8192;

export interface SequenceSpec {
  readonly id: number;
  readonly inputTokens: number;
  /** How many tokens it will generate, at least 1. */
  readonly outputTokens: number;
  /** 1 = a token every step; 10 = one every tenth step (the `slow` fault). */
  readonly slowdown: number;
}

/** A sequence in the engine; `emitted` counts the tokens that it has been given. */
export interface Sequence extends SequenceSpec {
  readonly emitted: number;
}

/** One step, on the engine's own time line (ms since its start). */
export interface EngineStep {
  readonly startMs: number;
  readonly endMs: number;
}

export interface EngineSnapshot {
  readonly running: number;
  readonly waiting: number;
  /** The most sequences that ever ran at once. */
  readonly maxRunning: number;
  /** Share of the KV cache that is reserved, 0..1. */
  readonly kvUsage: number;
}

export interface Engine {
  submit(spec: SequenceSpec, arrivedMs: number): void;
  /** Takes a sequence out at once, wherever it is; false when it is not here. */
  remove(id: number): boolean;
  /** Admits what fits and says when the step ends; the step in progress if there is one; undefined when there is no work. */
  beginStep(): EngineStep | undefined;
  /** Ends the step in progress: the sequences that got a token, those that are done with `emitted === outputTokens`. */
  endStep(): readonly Sequence[];
  /** When the last step ended, ms. */
  readonly timeMs: number;
  snapshot(): EngineSnapshot;
}

interface Live extends SequenceSpec {
  readonly arrivedMs: number;
  emitted: number;
  prefillLeft: number;
  stepsDecoded: number;
}

/** Whether a request can ever be served: its prompt and answer must fit the KV cache. */
export function fitsEngine(profile: EngineProfile, inputTokens: number, outputTokens: number): boolean {
  return inputTokens + outputTokens <= profile.kvTokens;
}

/**
 * Step time in ms = W + sum_i H * context_i / context0 + c_p * prompt tokens of the step (vLLM's mixed step, decode and prefill
 * added: the conservative form), so TTFT = queue + prefill + one step and ITL rises by H with every neighbour in the batch.
 *
 * Unlike vLLM it knows how long every answer gets, reserves the whole KV space at admission and so never preempts;
 * there is no prefix cache.
 */
export function createEngine(profile: EngineProfile): Engine {
  const waiting: Live[] = [];
  let running: Live[] = [];
  let reservedTokens = 0;
  let maxRunning = 0;
  let timeMs = 0;
  let current: EngineStep | undefined;

  const sizeOf = (sequence: Live): number => sequence.inputTokens + sequence.outputTokens;

  function admit(atMs: number): void {
    for (let head = waiting[0]; head !== undefined && running.length < profile.maxSeqs; head = waiting[0]) {
      // A server that catches up after a late timer must not start a request before it came.
      if (head.arrivedMs > atMs) break;
      // First come, first served: a small request does not overtake a large one that waits for memory. An empty engine takes all.
      if (running.length > 0 && reservedTokens + sizeOf(head) > profile.kvTokens) break;
      waiting.shift();
      running.push(head);
      reservedTokens += sizeOf(head);
    }
    maxRunning = Math.max(maxRunning, running.length);
  }

  /** Spends the step's token budget on prompts, decodes first, and returns the step's duration. */
  function schedule(): number {
    let decodes = 0;
    for (const sequence of running) if (sequence.prefillLeft === 0) decodes++;
    let budget = Math.max(0, MAX_BATCHED_TOKENS - decodes);
    let prefillTokens = 0;
    let decodeContext = 0;
    for (const sequence of running) {
      const chunk = Math.min(sequence.prefillLeft, budget);
      sequence.prefillLeft -= chunk;
      budget -= chunk;
      prefillTokens += chunk;
      if (sequence.prefillLeft === 0) decodeContext += sequence.inputTokens + sequence.emitted;
    }
    const decodeMs = profile.wMs + (profile.hMsPerSeq * decodeContext) / profile.contextAtH;
    return decodeMs + profile.prefillMsPerToken * prefillTokens;
  }

  return {
    submit(spec, arrivedMs) {
      waiting.push({ ...spec, arrivedMs, emitted: 0, prefillLeft: spec.inputTokens, stepsDecoded: 0 });
    },

    remove(id) {
      const queued = waiting.findIndex((sequence) => sequence.id === id);
      if (queued >= 0) {
        waiting.splice(queued, 1);
        return true;
      }
      const index = running.findIndex((sequence) => sequence.id === id);
      const [gone] = index >= 0 ? running.splice(index, 1) : [];
      if (gone !== undefined) reservedTokens -= sizeOf(gone);
      return gone !== undefined;
    },

    beginStep() {
      if (current !== undefined) return current;
      const head = waiting[0];
      if (running.length === 0 && head === undefined) return undefined;
      const startMs = running.length === 0 && head !== undefined ? Math.max(timeMs, head.arrivedMs) : timeMs;
      admit(startMs);
      current = { startMs, endMs: startMs + schedule() };
      return current;
    },

    endStep() {
      if (current === undefined) return [];
      timeMs = current.endMs;
      current = undefined;
      const emitting: Live[] = [];
      const staying: Live[] = [];
      for (const sequence of running) {
        if (sequence.prefillLeft === 0 && ++sequence.stepsDecoded % sequence.slowdown === 0) {
          sequence.emitted++;
          emitting.push(sequence);
        }
        if (sequence.emitted < sequence.outputTokens) staying.push(sequence);
        else reservedTokens -= sizeOf(sequence);
      }
      running = staying;
      return emitting;
    },

    get timeMs() {
      return timeMs;
    },

    snapshot: () => ({
      running: running.length,
      waiting: waiting.length,
      maxRunning,
      kvUsage: Math.min(1, reservedTokens / profile.kvTokens),
    }),
  };
}
