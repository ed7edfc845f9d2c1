// The step-time model without timers: TTFT, ITL, queueing, memory, chunked prefill.
import { describe, expect, it } from 'vitest';
import { createEngine, fitsEngine, type Engine } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';

const MAX_BATCHED_TOKENS = 8192;
const profile: EngineProfile = {
  wMs: 10,
  hMsPerSeq: 0.5,
  contextAtH: 1000,
  prefillMsPerToken: 0.02,
  kvTokens: 100_000,
  maxSeqs: 4,
  maxBatchedTokens: MAX_BATCHED_TOKENS,
  source: 'test',
};

const submit = (engine: Engine, id: number, inputTokens = 1000, outputTokens = 3, arrivedMs = 0): void =>
  engine.submit({ id, inputTokens, outputTokens, slowdown: 1 }, arrivedMs);

/** Runs to the end: for every sequence the times (ms) at which it got its tokens. */
function tokenTimes(engine: Engine): Map<number, number[]> {
  const times = new Map<number, number[]>();
  for (let step = engine.beginStep(), left = 10_000; step !== undefined; step = engine.beginStep()) {
    if (left-- === 0) throw new Error('the engine does not come to an end');
    for (const { id } of engine.endStep()) times.set(id, [...(times.get(id) ?? []), step.endMs]);
  }
  return times;
}

const itl = (times: readonly number[]): number => ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);

describe('engine', () => {
  it('gives the first token of a lone request after its prefill and one step, the others a step apart', () => {
    const engine = createEngine(profile);
    submit(engine, 1, 1000, 3, 5);
    // Arrives at 5; prefill 1000 * 0.02 = 20; steps 10 + 0.5 * context / 1000.
    const times = tokenTimes(engine).get(1) ?? [];
    expect(times).toHaveLength(3);
    expect(times[0]).toBeCloseTo(5 + 20 + 10.5, 9);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeCloseTo(10 + 0.5 * 1.001, 9);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeCloseTo(10 + 0.5 * 1.002, 9);
  });

  it('lets ITL rise linearly with the batch, by H a neighbour', () => {
    const itls = [1, 2, 3, 4].map((batch) => {
      const engine = createEngine(profile);
      for (let id = 0; id < batch; id++) submit(engine, id, 1000, 50);
      return itl(tokenTimes(engine).get(0) ?? []);
    });
    const slopes = itls.slice(1).map((value, i) => value - (itls[i] ?? 0));
    // Contexts grow from 1000 to 1050 while decoding: H is met within 5 %.
    for (const slope of slopes) expect(slope).toBeCloseTo(0.5125, 2);
  });

  it('serves first come, first served and never runs more than maxSeqs', () => {
    const engine = createEngine(profile);
    for (let id = 0; id < 6; id++) submit(engine, id);
    engine.beginStep();
    expect(engine.snapshot()).toMatchObject({ running: 4, waiting: 2, maxRunning: 4 });
    const first = [...tokenTimes(engine)].map(([id, times]) => [id, times[0]] as const);
    expect(first.map(([id]) => id)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(first[4]?.[1]).toBeGreaterThan(first[3]?.[1] ?? Infinity);
    expect(engine.snapshot()).toMatchObject({ running: 0, waiting: 0, maxRunning: 4, kvUsage: 0, preemptions: 0 });
  });

  it('holds requests back when the KV cache is full, and lets no small one overtake', () => {
    const engine = createEngine({ ...profile, kvTokens: 2500 });
    for (const [id, inputTokens] of [1000, 2000, 10].entries()) submit(engine, id, inputTokens, 2);
    engine.beginStep();
    expect(engine.snapshot()).toMatchObject({ running: 1, waiting: 2 });
    // 63 of 156 blocks: the answer gets its room when it comes.
    expect(engine.snapshot().kvUsage).toBeCloseTo(63 / 156, 9);
    expect([...tokenTimes(engine).keys()]).toEqual([0, 1, 2]);
    expect(engine.snapshot().kvUsage).toBe(0);
  });

  it('prefills a long prompt in chunks, so that neighbours keep getting tokens meanwhile', () => {
    const engine = createEngine(profile);
    submit(engine, 1, 100, 10);
    engine.beginStep();
    engine.endStep();
    submit(engine, 2, MAX_BATCHED_TOKENS * 2, 1, engine.timeMs);
    const times = tokenTimes(engine);
    const before = (times.get(1) ?? []).filter((at) => at < (times.get(2)?.[0] ?? 0));
    // Two full chunks (less the neighbour's own token) and a third for the rest.
    expect(before).toHaveLength(2);
    expect((before[1] ?? 0) - (before[0] ?? 0)).toBeGreaterThan(profile.prefillMsPerToken * (MAX_BATCHED_TOKENS - 1));
  });

  it('shares one token budget among the prompts of a step', () => {
    const engine = createEngine(profile);
    submit(engine, 1, MAX_BATCHED_TOKENS - 1000, 1);
    submit(engine, 2, 2000, 1);
    const times = tokenTimes(engine);
    expect(times.get(1)?.[0]).toBeLessThan(times.get(2)?.[0] ?? 0);
    // The first step prefills 8192 tokens, the second the 1000 that are left.
    expect((times.get(2)?.[0] ?? 0) - (times.get(1)?.[0] ?? 0)).toBeCloseTo(10 + 1000 * 0.02 + 0.5 * 2, 9);
  });

  it('starts no request before it arrived, however late it is asked', () => {
    const engine = createEngine(profile);
    submit(engine, 1, 1000, 2, 0);
    submit(engine, 2, 1000, 1, 500);
    expect(tokenTimes(engine).get(2)?.[0]).toBeCloseTo(500 + 20 + 10.5, 9);
  });

  it('generates ten times slower for a slowed sequence and not for its neighbour', () => {
    const engine = createEngine(profile);
    submit(engine, 1, 10, 30);
    engine.submit({ id: 2, inputTokens: 10, outputTokens: 2, slowdown: 10 }, 0);
    let steps = 0;
    const at: Record<number, number[]> = { 1: [], 2: [] };
    while (engine.beginStep() !== undefined) {
      steps++;
      for (const { id } of engine.endStep()) at[id]?.push(steps);
    }
    expect(at[2]).toEqual([10, 20]);
    expect(at[1]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it('forgets a removed sequence at once, running, waiting or in the middle of a step', () => {
    const engine = createEngine({ ...profile, maxSeqs: 1 });
    submit(engine, 1);
    submit(engine, 2);
    submit(engine, 3);
    engine.beginStep();
    expect([engine.remove(1), engine.remove(2), engine.remove(9)]).toEqual([true, true, false]);
    expect(engine.snapshot()).toMatchObject({ running: 0, waiting: 1, kvUsage: 0 });
    expect(engine.endStep()).toEqual([]);
    expect([...tokenTimes(engine).keys()]).toEqual([3]);
  });

  it('lets a newer sequence wait when the budget goes to the running ones', () => {
    const engine = createEngine({ ...profile, maxBatchedTokens: 2 });
    for (const id of [1, 2, 3]) submit(engine, id, 1, 3);
    engine.beginStep();
    expect(engine.snapshot()).toMatchObject({ running: 2, waiting: 1 });
    expect(engine.endStep().map(({ id }) => id)).toEqual([1, 2]);
    expect([...tokenTimes(engine).keys()]).toEqual([1, 2, 3]);
  });

  it('pre-empts the last arrival when a block is missing, and computes its prompt and tokens again before its next one', () => {
    // Four blocks: each of two prompts fills two, so the first to need a third takes it from the other. The third request could
    // be served with what is then free, but has to wait.
    const engine = createEngine({ ...profile, kvTokens: 64 });
    submit(engine, 1, 32, 4);
    submit(engine, 2, 32, 4);
    submit(engine, 3, 10, 1);
    engine.beginStep();
    expect(engine.endStep().map(({ id, emitted }) => [id, emitted])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    engine.beginStep();
    expect(engine.snapshot()).toMatchObject({ running: 1, waiting: 2, preemptions: 1 });
    const times = tokenTimes(engine);
    expect([times.get(1)?.length, times.get(2)?.length]).toEqual([3, 3]);
    // Sequence 1's last three steps, then 33 tokens of sequence 2 in one step, with the third's 10 behind them.
    const alone = (times.get(1)?.at(-1) ?? 0) + 10 + 0.5 * 0.043 + 0.02 * 43;
    expect(times.get(3)).toEqual(times.get(2)?.slice(0, 1));
    expect(times.get(2)?.[0]).toBeCloseTo(alone, 9);
  });

  it('fits whole blocks, and refuses what never fits', () => {
    const odd = { ...profile, kvTokens: 70 };
    expect([fitsEngine(odd, 60, 4), fitsEngine(odd, 60, 5)]).toEqual([true, false]);
    expect(() => submit(createEngine(odd), 1, 60, 5)).toThrow(/60 \+ 5 tokens never fit/u);
    const engine = createEngine(odd);
    submit(engine, 1, 60, 4);
    expect(tokenTimes(engine).get(1)).toHaveLength(4);
  });
});
