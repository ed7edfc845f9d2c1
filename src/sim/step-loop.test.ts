// The one-timer shell: one timer whatever the batch, and token times that do not depend on the timer's resolution.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../base/index.ts';
import type { EngineProfile } from './engine-profiles.ts';
import { createStepLoop } from './step-loop.ts';

const profile: EngineProfile = {
  wMs: 10,
  hMsPerSeq: 0,
  contextAtH: 1000,
  prefillMsPerToken: 0.1,
  kvTokens: 100_000,
  maxSeqs: 100,
  source: 'test',
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const spec = (id: number, outputTokens: number) => ({ id, inputTokens: 100, outputTokens, slowdown: 1 });

const run = (timeScale: number): [number, number][] => {
  const heard: [number, number][] = [];
  const loop = createStepLoop({ profile, timeScale, clock: systemClock });
  const startMs = performance.now();
  loop.submit(spec(1, 40), (count) => heard.push([performance.now() - startMs, count]));
  vi.advanceTimersByTime(60_000);
  loop.close();
  return heard;
};

it('has one timer for fifty sequences and none when idle', () => {
  const loop = createStepLoop({ profile, timeScale: 1, clock: systemClock });
  let finished = 0;
  for (let id = 0; id < 50; id++) loop.submit(spec(id, 5), (_count, done) => (finished += done ? 1 : 0));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(30);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(finished).toBe(50);
  expect(vi.getTimerCount()).toBe(0);
});

it('delivers tokens when they are due, several at once where steps are shorter than the timer', () => {
  // Prefill 10 ms, then 10 ms a token.
  expect(run(1).slice(0, 3)).toEqual([
    [20, 1],
    [30, 1],
    [40, 1],
  ]);
  const fast = run(0.01);
  expect(fast.reduce((total, [, count]) => total + count, 0)).toBe(40);
  expect(fast.length).toBeLessThanOrEqual(5);
  expect(fast.at(-1)?.[0]).toBeLessThanOrEqual(5);
});

it('needs no time at all at scale 0', () => {
  const loop = createStepLoop({ profile, timeScale: 0, clock: systemClock });
  const heard: [number, boolean][] = [];
  const startMs = performance.now();
  loop.submit(spec(1, 40), (count, done) => heard.push([count, done]));
  expect(heard).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(heard).toEqual([[40, true]]);
  expect(performance.now()).toBe(startMs);
});

it('tells a removed sequence nothing more and stops its timer when closed', () => {
  const loop = createStepLoop({ profile, timeScale: 1, clock: systemClock });
  const heard = vi.fn<(count: number, done: boolean) => void>();
  loop.submit(spec(1, 40), heard);
  vi.advanceTimersByTime(25);
  expect(loop.remove(1)).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(heard).toHaveBeenCalledTimes(1);
  loop.submit(spec(2, 5), heard);
  loop.close();
  expect(vi.getTimerCount()).toBe(0);
});
