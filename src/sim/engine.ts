// The engine's pure core: vLLM V1's scheduler and the time that one step of it takes; no timers, no I/O.
import { BLOCK_TOKENS, createBlockPool, type BlockPool } from './block-pool.ts';
import { DEFAULT_BATCHED_TOKENS, type EngineProfile } from './engine-profiles.ts';
import { simErrors } from './errors.ts';
import { createLatencyMeter, observeFinished, observeMs, type LatencyMeter } from './latency-meter.ts';
import { contextOf, IDLE, startSequence, type LiveSequence, type Sequence, type SequenceSpec } from './sequence.ts';
import { claimPrefix, growBlocks, releaseBlocks, shareBlocks } from './sequence-blocks.ts';

/** One step, on the engine's own time line (ms since its start). */
export interface EngineStep {
  readonly startMs: number;
  readonly endMs: number;
}

export interface EngineSnapshot {
  readonly running: number;
  /** In the queue, the pre-empted included. */
  readonly waiting: number;
  /** The most sequences that ever ran at once. */
  readonly maxRunning: number;
  /** Share of the KV blocks that running sequences hold, 0..1; blocks that are only cached count as free. */
  readonly kvUsage: number;
  /** Blocks held, counted once for every sequence that holds them. */
  readonly kvReferences: number;
  /** How often a running sequence lost its blocks, since the start. */
  readonly preemptions: number;
  /** Prompt tokens looked up in the prefix cache at first admission, and those found, since the start. */
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
}

export interface Engine {
  /** Arrivals come in the order of time. Throws SLUICE_SIM_OPTIONS_INVALID for a sequence that can never fit (see `fitsEngine`). */
  submit(spec: SequenceSpec, arrivedMs: number): void;
  /** Takes a sequence out at once, wherever it is; false when it is not here. */
  remove(id: number): boolean;
  /** Admits what fits and says when the step ends; the step in progress if there is one; undefined when there is no work. */
  beginStep(): EngineStep | undefined;
  /** Ends the step in progress: the sequences that got a token, in a list that the next call overwrites; done are those with `emitted === outputTokens`. */
  endStep(): readonly Sequence[];
  /** When the last step ended, ms. */
  readonly timeMs: number;
  snapshot(): EngineSnapshot;
}

export interface EngineParts {
  readonly pool?: BlockPool;
  readonly meter?: LatencyMeter;
}

/** The longest context, prompt and answer, that the KV cache can hold: whole blocks. */
export function contextLimit(profile: EngineProfile): number {
  return Math.floor(profile.kvTokens / BLOCK_TOKENS) * BLOCK_TOKENS;
}

/** Whether a request can ever be served: its prompt and answer must fit the KV cache. */
export function fitsEngine(profile: EngineProfile, inputTokens: number, outputTokens: number): boolean {
  return inputTokens + outputTokens <= contextLimit(profile);
}

/**
 * Step time in ms = W + sum_i H * context_i / context0 + c_p * prefill tokens of the step, over the sequences i that get a token.
 *
 * The sum, not the max, of the decode and prefill parts (reference: pools.md 3.2 allows both): BLIS fitted W and H as additive terms,
 * and only with the sum is a server's capacity the 1 / (c_p * input + output * (W + H * n * context / context0) / n) that fleet
 * planning computes. It is the conservative form: for a lone chunk it overstates Vidur's measured 142 ms (8B, A100, 2048 tokens)
 * by W + H, 9 %. The attention term q * new * context is left out: there is no measurement of q for these profiles.
 *
 * So TTFT = queue + the steps of its own prefill, and ITL = the steps it decodes in, which neighbours' chunks make longer.
 */
export function createEngine(profile: EngineProfile, parts: EngineParts = {}): Engine {
  const { pool = createBlockPool(contextLimit(profile) / BLOCK_TOKENS), meter = createLatencyMeter() } = parts;
  const maxBatchedTokens = profile.maxBatchedTokens ?? DEFAULT_BATCHED_TOKENS;
  const waiting: LiveSequence[] = [];
  /** In the order of arrival: the head of the queue is admitted first, also after a pre-emption. */
  const running: LiveSequence[] = [];
  const emitting: LiveSequence[] = [];
  const counts = { maxRunning: 0, preemptions: 0, prefixQueryTokens: 0, prefixHitTokens: 0 };
  let timeMs = 0;
  let current: EngineStep | undefined;
  // The plan of the step that is being scheduled.
  let budget = 0;
  let prefillTokens = 0;
  let attendedTokens = 0;
  /** A head of the queue that did not fit is looked at again only when this many blocks are free or the cache has grown. */
  let blocked: { readonly head: LiveSequence; readonly needed: number; readonly version: number } | undefined;

  function preemptLast(): LiveSequence | undefined {
    const victim = running.pop();
    if (victim === undefined) return undefined;
    releaseBlocks(pool, victim);
    waiting.unshift(victim);
    counts.preemptions++;
    return victim;
  }

  /** Gives a running sequence its part of the step; false when it had to be pre-empted itself. */
  function schedule(sequence: LiveSequence): boolean {
    const context = contextOf(sequence);
    const todo = context - sequence.computed;
    const chunk = Math.min(todo, budget);
    sequence.chunk = IDLE;
    // A slowed sequence may have nothing to compute, and still its step counts.
    if (chunk === 0 && todo > 0) return true;
    while (!growBlocks(pool, sequence, chunk)) {
      const victim = preemptLast();
      if (victim === sequence || victim === undefined) return false;
    }
    sequence.chunk = chunk;
    budget -= chunk;
    if (sequence.emitted === 0 || todo > 1) prefillTokens += chunk;
    if (chunk === todo) attendedTokens += context;
    shareBlocks(pool, sequence);
    return true;
  }

  function mayFit(head: LiveSequence): boolean {
    return blocked?.head !== head || pool.free >= blocked.needed || pool.version !== blocked.version;
  }

  /** First come, first served: a small request does not overtake a large one that waits for memory. */
  function admit(atMs: number): void {
    while (budget > 0 && running.length < profile.maxSeqs) {
      const head = waiting[0];
      // A server that catches up after a late timer must not start a request before it came.
      if (head === undefined || head.arrivedMs > atMs || !mayFit(head)) return;
      const needed = claimPrefix(pool, head);
      blocked = needed > 0 ? { head, needed, version: pool.version } : undefined;
      if (needed > 0) return;
      waiting.shift();
      running.push(head);
      if (Number.isNaN(head.scheduledMs)) {
        head.scheduledMs = atMs;
        head.cachedTokens = head.computed;
        counts.prefixQueryTokens += head.inputTokens;
        counts.prefixHitTokens += head.computed;
      }
      if (!schedule(head)) return;
    }
  }

  /** vLLM V1's order: running sequences first (a decode needs one token, a started prefill its next chunk), then the queue. */
  function planStep(startMs: number): number {
    budget = maxBatchedTokens;
    prefillTokens = 0;
    attendedTokens = 0;
    const before = counts.preemptions;
    for (let i = 0; i < running.length; i++) {
      const sequence = running[i];
      if (sequence === undefined || !schedule(sequence)) break;
    }
    // As in vLLM, nobody is admitted in a step that was short of blocks.
    if (counts.preemptions === before) admit(startMs);
    counts.maxRunning = Math.max(counts.maxRunning, running.length);
    const decodeMs = profile.wMs + (profile.hMsPerSeq * attendedTokens) / profile.contextAtH;
    return decodeMs + profile.prefillMsPerToken * prefillTokens;
  }

  function emit(sequence: LiveSequence): void {
    sequence.ready = 0;
    if (sequence.emitted++ === 0) {
      sequence.firstTokenMs = timeMs;
      observeMs(meter.ttft, timeMs - sequence.arrivedMs);
    } else {
      observeMs(meter.itl, timeMs - sequence.lastTokenMs);
    }
    sequence.lastTokenMs = timeMs;
  }

  /** Returns whether the sequence got a token. */
  function finishStep(sequence: LiveSequence): boolean {
    if (sequence.chunk === IDLE) return false;
    sequence.computed += sequence.chunk;
    if (sequence.computed < contextOf(sequence) || ++sequence.ready < sequence.slowdown) return false;
    emit(sequence);
    return true;
  }

  function finish(sequence: LiveSequence): void {
    observeFinished(meter, sequence);
    releaseBlocks(pool, sequence);
  }

  return {
    submit(spec, arrivedMs) {
      if (!fitsEngine(profile, spec.inputTokens, spec.outputTokens)) {
        throw simErrors.optionsInvalid(`${spec.inputTokens} + ${spec.outputTokens} tokens never fit the KV cache`);
      }
      waiting.push(startSequence(spec, arrivedMs));
    },

    remove(id) {
      for (const list of [waiting, running]) {
        const index = list.findIndex((sequence) => sequence.id === id);
        const [gone] = index >= 0 ? list.splice(index, 1) : [];
        if (gone === undefined) continue;
        releaseBlocks(pool, gone);
        return true;
      }
      return false;
    },

    beginStep() {
      if (current !== undefined) return current;
      const head = waiting[0];
      if (running.length === 0 && head === undefined) return undefined;
      const startMs = running.length === 0 && head !== undefined ? Math.max(timeMs, head.arrivedMs) : timeMs;
      current = { startMs, endMs: startMs + planStep(startMs) };
      return current;
    },

    endStep() {
      let emitted = 0;
      let kept = 0;
      if (current !== undefined) {
        timeMs = current.endMs;
        current = undefined;
        for (const sequence of running) {
          if (finishStep(sequence)) emitting[emitted++] = sequence;
          if (sequence.emitted < sequence.outputTokens) running[kept++] = sequence;
          else finish(sequence);
        }
        running.length = kept;
      }
      // Not emptied before: that would give the array's memory back at every step.
      emitting.length = emitted;
      return emitting;
    },

    get timeMs() {
      return timeMs;
    },

    snapshot: () => ({
      ...counts,
      running: running.length,
      waiting: waiting.length,
      kvUsage: (pool.total - pool.free) / pool.total,
      kvReferences: running.reduce((sum, { blocks }) => sum + blocks.length, 0),
    }),
  };
}
