// Does the engine behave as a GPU server does? The checks of the reference (pools.md 3.3), on a virtual clock.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/index.ts';
import { createEngine, type Engine, type EngineSnapshot } from './engine.ts';
import { ENGINE_PROFILES, type EngineProfile } from './engine-profiles.ts';
import { promptBlocks } from './prompt-blocks.ts';

const H100 = ENGINE_PROFILES['8b-h100'] ?? expect.fail('no such profile');

interface Seen {
  readonly arrivedMs: number;
  readonly tokenMs: number[];
}
interface Run {
  readonly seen: ReadonlyMap<number, Seen>;
  readonly snapshots: readonly EngineSnapshot[];
}

/** Runs to the end. */
function drain(engine: Engine): Run {
  const seen = new Map<number, Seen>();
  const snapshots: EngineSnapshot[] = [];
  for (let step = engine.beginStep(); step !== undefined; step = engine.beginStep()) {
    if (snapshots.length > 50_000) throw new Error('the engine does not come to an end');
    snapshots.push(engine.snapshot());
    for (const { id, arrivedMs } of engine.endStep()) {
      const one = seen.get(id) ?? { arrivedMs, tokenMs: [] };
      one.tokenMs.push(step.endMs);
      seen.set(id, one);
    }
  }
  return { seen, snapshots };
}

const ttftOf = (run: Run, id: number): number => {
  const one = run.seen.get(id) ?? expect.fail(`no tokens for ${id}`);
  return (one.tokenMs[0] ?? Number.NaN) - one.arrivedMs;
};
const gapsOf = (run: Run, id: number): number[] => {
  const times = run.seen.get(id)?.tokenMs ?? [];
  return times.slice(1).map((at, i) => at - (times[i] ?? Number.NaN));
};
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const prompt = (text: string) => promptBlocks([{ role: 'user', text }], Math.ceil(text.length / 4));

describe('(1) TTFT over the arrival rate', () => {
  const INPUT = 1000;
  const OUTPUT = 50;
  const profile: EngineProfile = { ...H100, maxSeqs: 64 };
  const { wMs, hMsPerSeq, contextAtH, prefillMsPerToken, maxSeqs } = profile;
  // Steady-state capacity with n decodes: 1 / (c_p * I + O * (W + H * n * ctx / ctx0) / n), pools.md 3.2.
  const decodeMs = (wMs + (hMsPerSeq * maxSeqs * (INPUT + OUTPUT / 2)) / contextAtH) / maxSeqs;
  const capacityPerMs = 1 / (prefillMsPerToken * INPUT + OUTPUT * decodeMs);

  function load(rho: number, requests = 600): { p50: number; perMs: number } {
    const engine = createEngine(profile);
    const random = seededRandom(7);
    let atMs = 0;
    for (let id = 0; id < requests; id++) {
      atMs -= Math.log(1 - random()) / (rho * capacityPerMs);
      engine.submit({ id, inputTokens: INPUT, outputTokens: OUTPUT, slowdown: 1 }, atMs);
    }
    const run = drain(engine);
    const p50 = median(Array.from({ length: requests }, (_, id) => ttftOf(run, id)));
    return { p50, perMs: requests / engine.timeMs };
  }

  it('is flat until a load of .8, then is queueing', () => {
    const alone = wMs + prefillMsPerToken * INPUT + (hMsPerSeq * INPUT) / contextAtH;
    expect(load(0.01, 100).p50).toBeCloseTo(alone, 3);
    const p50 = [0.2, 0.5, 0.8, 1.1, 1.4].map((rho) => load(rho).p50);
    for (const flat of p50.slice(0, 3)) expect(flat).toBeLessThan(3 * alone);
    for (const queued of p50.slice(3)) expect(queued).toBeGreaterThan(20 * alone);
    expect(p50).toEqual(p50.toSorted((a, b) => a - b));
  });

  it('cannot be bought off: past saturation the server completes what the capacity formula says, within 5 %', () => {
    const ratio = load(2, 1500).perMs / capacityPerMs;
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });
});

describe('(2) ITL over the batch', () => {
  it('is linear with slope H, W at none', () => {
    const itl = (batch: number): number => {
      // All prompts in one step, so that all contexts are ctx0 when the second tokens come.
      const engine = createEngine({ ...H100, kvTokens: 1_000_000, maxBatchedTokens: 1_000_000 });
      const inputTokens = H100.contextAtH - 1;
      for (let id = 0; id < batch; id++) engine.submit({ id, inputTokens, outputTokens: 2, slowdown: 1 }, 0);
      return gapsOf(drain(engine), batch - 1)[0] ?? Number.NaN;
    };
    for (const batch of [1, 2, 16, 64, 200]) expect(itl(batch)).toBeCloseTo(H100.wMs + H100.hMsPerSeq * batch, 6);
  });
});

describe('(3) a repeated prefix', () => {
  const text = 'The shared instructions of a whole fleet of agents. '.repeat(100).slice(0, 80 * 64);
  const submit = (engine: Engine, id: number, words: string): void => {
    const blockHashes = prompt(words);
    const inputTokens = Math.ceil(words.length / 4);
    engine.submit({ id, inputTokens, outputTokens: 2, slowdown: 1, blockHashes }, engine.timeMs);
  };

  it.each([
    // 80 full blocks, of which the last is always computed again.
    ['the same prompt', text, text, 79],
    ['a longer conversation', text, `${text} And one more question, please.`, 80],
    ['a shared beginning', `${text} A`, `${text} B, a question of my own`, 80],
  ])('%s lowers TTFT by c_p x cached tokens', (_name, first, second, blocks) => {
    const engine = createEngine(H100);
    submit(engine, 1, first);
    drain(engine);
    submit(engine, 2, second);
    const warm = ttftOf(drain(engine), 2);
    const cold = createEngine(H100);
    submit(cold, 2, second);
    const cached = engine.snapshot().prefixHitTokens;
    expect(cached).toBe(blocks * 16);
    expect(ttftOf(drain(cold), 2) - warm).toBeCloseTo(H100.prefillMsPerToken * cached, 9);
    expect(engine.snapshot().prefixQueryTokens).toBe(Math.ceil(first.length / 4) + Math.ceil(second.length / 4));
  });

  it('is lost to what came since when memory is short, from its end on', () => {
    // 100 blocks; the text takes 81 with its answer, what comes between 61.
    const engine = createEngine({ ...H100, kvTokens: 1600 });
    submit(engine, 1, text);
    drain(engine);
    submit(engine, 2, 'x'.repeat(64 * 60));
    drain(engine);
    expect(engine.snapshot().prefixHitTokens).toBe(0);
    submit(engine, 3, text);
    drain(engine);
    const hit = engine.snapshot().prefixHitTokens;
    // 100 - 61 blocks are left of it, its first ones.
    expect([hit > 0, hit]).toEqual([true, (100 - 61) * 16]);
  });
});

describe('(4) when the KV cache runs out', () => {
  it('sequences wait and are pre-empted, and each still gets every token exactly once', () => {
    // 125 blocks; eight sequences that grow from 13 to 25 blocks.
    const engine = createEngine({ ...H100, kvTokens: 2000 });
    const specs = Array.from({ length: 12 }, (_, id) => ({
      id,
      inputTokens: 200,
      outputTokens: 200 + id,
      slowdown: 1,
    }));
    for (const spec of specs) engine.submit(spec, spec.id);
    const run = drain(engine);
    expect(Math.max(...run.snapshots.map(({ waiting }) => waiting))).toBeGreaterThan(0);
    expect(engine.snapshot()).toMatchObject({ running: 0, waiting: 0, kvUsage: 0 });
    expect(engine.snapshot().preemptions).toBeGreaterThan(3);
    expect(Math.max(...run.snapshots.map(({ kvUsage }) => kvUsage))).toBeGreaterThan(0.95);
    for (const { id, outputTokens } of specs) {
      const times = run.seen.get(id)?.tokenMs ?? [];
      expect(new Set(times).size, `tokens of ${id}`).toBe(outputTokens);
      expect(times).toHaveLength(outputTokens);
    }
    // The oldest never loses its blocks; of the others some stood still for many steps.
    expect(Math.max(...gapsOf(run, 0))).toBeLessThan(10 * H100.wMs);
    expect(Math.max(...specs.flatMap(({ id }) => gapsOf(run, id)))).toBeGreaterThan(50 * H100.wMs);
  });
});

// (5) is in sim-metrics.test.ts: it needs sockets.

describe('(6) a long prefill', () => {
  it.each([256, 2048, 8192])('stretches the ITL of others by at most a chunk budget of %d', (maxBatchedTokens) => {
    const profile = { ...H100, maxBatchedTokens };
    const engine = createEngine(profile);
    engine.submit({ id: 1, inputTokens: 50, outputTokens: 400, slowdown: 1 }, 0);
    engine.submit({ id: 2, inputTokens: 20_000, outputTokens: 1, slowdown: 1 }, 50 * H100.wMs);
    const gaps = gapsOf(drain(engine), 1);
    const quietMs = H100.wMs + (H100.hMsPerSeq * 500) / H100.contextAtH;
    const stretched = gaps.filter((gap) => gap > quietMs);
    // Each step the neighbour takes one token of the budget.
    expect(stretched).toHaveLength(Math.ceil(20_000 / (maxBatchedTokens - 1)));
    const chunkMs = H100.prefillMsPerToken * (maxBatchedTokens - 1);
    for (const gap of stretched.slice(0, -1)) {
      expect(gap).toBeGreaterThan(H100.wMs + chunkMs);
      expect(gap).toBeLessThan(quietMs + chunkMs);
    }
    // The last chunk also attends over the whole prompt, for the first token.
    const lastMs = quietMs + chunkMs + (H100.hMsPerSeq * 20_000) / H100.contextAtH;
    expect(stretched.at(-1)).toBeLessThan(lastMs);
  });
});
