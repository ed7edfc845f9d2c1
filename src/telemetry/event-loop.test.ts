// A loop that was held up says so, once.
import { setTimeout as later } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { monitorEventLoop } from './event-loop.ts';

it('reports what held the loop up without the measuring timer’s own 10 ms, and begins anew with every reading', async () => {
  const monitor = monitorEventLoop();
  onTestFinished(() => monitor.close());
  monitor.read();
  // Its timer's first tick after a reading begins to measure, the one after the hold-up ends it.
  await later(40);
  const until = performance.now() + 120;
  while (performance.now() < until);
  await later(40);
  const held = monitor.read();
  expect(held.max).toBeGreaterThan(0.08);
  expect(held.max).toBeLessThan(2);
  expect(held.p50).toBeLessThanOrEqual(held.p99);
  expect(monitor.read()).toEqual({ p50: 0, p99: 0, max: 0 });
});
