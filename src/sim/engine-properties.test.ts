// What must hold for the engine whatever arrives, leaves or is pre-empted when: memory is accounted for, no token is lost or doubled.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_TOKENS, createBlockPool, type BlockPool } from './block-pool.ts';
import { contextLimit, createEngine, fitsEngine, type Engine } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { createLatencyMeter } from './latency-meter.ts';

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      inputTokens: fc.integer({ min: 1, max: 70 }),
      outputTokens: fc.integer({ min: 20, max: 90 }),
      slowdown: fc.constantFrom(1, 1, 1, 3),
      /** Prompts of one family are prefixes of one another. */
      family: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('step' as const), times: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick: fc.nat(30) }) },
  // In the middle of a step.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const machine = fc.record({
  kvTokens: fc.integer({ min: 100, max: 350 }),
  maxSeqs: fc.integer({ min: 2, max: 8 }),
  maxBatchedTokens: fc.constantFrom(2, 16, 64, 200),
});

function hashesOf(family: number, inputTokens: number): Float64Array {
  return Float64Array.from({ length: Math.floor(inputTokens / BLOCK_TOKENS) }, (_, i) => family * 1000 + i);
}

function checkMemory(engine: Engine, pool: BlockPool): void {
  const { kvReferences, kvUsage } = engine.snapshot();
  let [least, unheld, references] = [0, 0, 0];
  for (let block = 0; block < pool.total; block++) {
    const held = pool.references(block);
    least = Math.min(least, held);
    references += held;
    if (held === 0) unheld++;
  }
  expect([least, unheld, references]).toEqual([0, pool.free, kvReferences]);
  expect(kvUsage).toBe((pool.total - pool.free) / pool.total);
  expect(pool.cached).toBeLessThanOrEqual(pool.total);
}

/** Plays the acts, then lets all that is left finish; returns what was seen. */
function play(sizes: { kvTokens: number; maxSeqs: number; maxBatchedTokens: number }, acts: readonly Act[]) {
  const profile: EngineProfile = {
    ...sizes,
    wMs: 10,
    hMsPerSeq: 0.5,
    contextAtH: 100,
    prefillMsPerToken: 0.1,
    source: 'test',
  };
  const pool = createBlockPool(contextLimit(profile) / BLOCK_TOKENS);
  const meter = createLatencyMeter();
  const engine = createEngine(profile, { pool, meter });
  const wanted: number[] = [];
  const tokens: number[][] = [];
  const scheduledMs: number[] = [];
  const gone = new Set<number>();

  function step(): boolean {
    const begun = engine.beginStep();
    if (begun === undefined) return false;
    checkMemory(engine, pool);
    for (const sequence of engine.endStep()) {
      expect(gone.has(sequence.id)).toBe(false);
      tokens[sequence.id]?.push(sequence.emitted);
      scheduledMs[sequence.id] = sequence.scheduledMs;
      if (sequence.emitted === sequence.outputTokens) gone.add(sequence.id);
    }
    checkMemory(engine, pool);
    return true;
  }

  for (const one of acts) {
    if (one.kind === 'submit') {
      if (!fitsEngine(profile, one.inputTokens, one.outputTokens)) continue;
      const id = wanted.push(one.outputTokens) - 1;
      tokens.push([]);
      const { inputTokens, outputTokens, slowdown, family } = one;
      const blockHashes = hashesOf(family, inputTokens);
      engine.submit({ id, inputTokens, outputTokens, slowdown, blockHashes }, engine.timeMs);
    } else if (one.kind === 'abort') {
      const here = wanted.map((_, id) => id).filter((id) => !gone.has(id));
      const id = here[one.pick % Math.max(1, here.length)];
      expect(engine.remove(id ?? -1)).toBe(id !== undefined);
      expect(engine.remove(id ?? -1)).toBe(false);
      if (id !== undefined) gone.add(id);
      checkMemory(engine, pool);
    } else if (one.kind === 'begin') {
      engine.beginStep();
    } else {
      for (let i = 0; i < one.times; i++) step();
    }
  }
  const aborted = new Set([...gone].filter((id) => tokens[id]?.length !== wanted[id]));
  let left = 5_000;
  while (step()) expect(left--).toBeGreaterThan(0);
  return { engine, pool, meter, wanted, tokens, aborted, scheduledMs };
}

const count = ({ counts }: { counts: Float64Array }): number => counts.reduce((sum, one) => sum + one, 0);

describe('for random arrivals, aborts and pre-emptions', () => {
  it('memory is never over-allocated, all of it is free in the end, and each token comes exactly once, in order', () => {
    let preemptions = 0;
    let hits = 0;
    let aborts = 0;
    fc.assert(
      fc.property(machine, fc.array(act, { minLength: 5, maxLength: 60 }), (sizes, acts) => {
        const { engine, pool, meter, wanted, tokens, aborted, scheduledMs } = play(sizes, acts);
        expect(engine.snapshot()).toMatchObject({ running: 0, waiting: 0, kvUsage: 0, kvReferences: 0 });
        expect(pool.free).toBe(pool.total);
        for (const [id, got] of tokens.entries()) {
          expect(got).toEqual(Array.from({ length: got.length }, (_, i) => i + 1));
          if (!aborted.has(id)) expect(got.length).toBe(wanted[id]);
        }
        const first = scheduledMs.filter((at) => at !== undefined);
        expect(first).toEqual(first.toSorted((a, b) => a - b));
        const generated = tokens.reduce((sum, got) => sum + got.length, 0);
        expect(count(meter.itl) + count(meter.ttft)).toBe(generated);
        expect(count(meter.e2e)).toBe(wanted.length - aborted.size);
        preemptions += engine.snapshot().preemptions;
        hits += engine.snapshot().prefixHitTokens;
        aborts += aborted.size;
      }),
      { numRuns: 60, seed: 11 },
    );
    // Else the property says nothing.
    expect(preemptions).toBeGreaterThan(30);
    expect(hits).toBeGreaterThan(500);
    expect(aborts).toBeGreaterThan(50);
  });

  it('the same acts give the same times', () => {
    fc.assert(
      fc.property(machine, fc.array(act, { minLength: 5, maxLength: 40 }), (sizes, acts) => {
        const [one, two] = [play(sizes, acts), play(sizes, acts)];
        expect(one.engine.timeMs).toBe(two.engine.timeMs);
        expect(one.meter).toEqual(two.meter);
        expect(one.engine.snapshot()).toEqual(two.engine.snapshot());
      }),
      { numRuns: 20, seed: 12 },
    );
  });
});
