// One request inside the engine: what it asks for and how far it has come.

export interface SequenceSpec {
  readonly id: number;
  readonly inputTokens: number;
  /** How many tokens it will generate, at least 1; the scheduler does not look ahead to it. */
  readonly outputTokens: number;
  /** 1 = a token every step; 10 = one every tenth step (the `slow` fault). */
  readonly slowdown: number;
  /** Hashes of the prompt's full blocks (`promptBlocks`); left out, nothing is shared with others. */
  readonly blockHashes?: ArrayLike<number>;
}

/** Times in ms on the engine's own time line; NaN until it happened. */
export interface Sequence extends SequenceSpec {
  readonly arrivedMs: number;
  /** Tokens that it has been given so far. */
  readonly emitted: number;
  /** Prompt tokens that the prefix cache saved it at its first admission, as vLLM reports it. */
  readonly cachedTokens: number;
  /** When it first left the queue. */
  readonly scheduledMs: number;
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The engine's own view. */
export interface LiveSequence extends Writable<Sequence> {
  blockHashes: ArrayLike<number>;
  /** Tokens of prompt and answer whose keys and values are in its blocks. */
  computed: number;
  /** Tokens that the step in progress computes; IDLE when it has no part in the step. */
  chunk: number;
  readonly blocks: number[];
  /** Tokens that its blocks hold. */
  room: number;
  /** Leading blocks whose hashes the pool has been told, and of how many it can be told. */
  registered: number;
  readonly shareable: number;
  /** Steps since its last token that could have given it one. */
  ready: number;
}

export const IDLE = -1;

const NO_HASHES: ArrayLike<number> = [];

/** Written out: objects spread from others get slower properties, which every token of a simulated fleet would pay for. */
export function startSequence(spec: SequenceSpec, arrivedMs: number): LiveSequence {
  const blockHashes = spec.blockHashes ?? NO_HASHES;
  return {
    id: spec.id,
    inputTokens: spec.inputTokens,
    outputTokens: spec.outputTokens,
    slowdown: spec.slowdown,
    blockHashes,
    arrivedMs,
    emitted: 0,
    cachedTokens: 0,
    scheduledMs: Number.NaN,
    firstTokenMs: Number.NaN,
    lastTokenMs: Number.NaN,
    computed: 0,
    chunk: IDLE,
    blocks: [],
    room: 0,
    registered: 0,
    shareable: blockHashes.length,
    ready: 0,
  };
}

/** All tokens known so far: what attention spans, and what a pre-empted sequence must compute again. */
export const contextOf = (sequence: LiveSequence): number => sequence.inputTokens + sequence.emitted;
