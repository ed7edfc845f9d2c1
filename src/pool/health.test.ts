// Ejection and recovery of one endpoint, on a clock that stands still.
import { describe, expect, it } from 'vitest';
import { manualClock } from '../base/index.ts';
import { createHealth } from './health.ts';

function start() {
  const clock = manualClock();
  const changes: string[] = [];
  const health = createHealth(clock, (state) => changes.push(state));
  const ready = (): boolean => clock.monotonicMs() >= health.readyAtMs;
  return { clock, changes, health, ready };
}

function eject({ health }: ReturnType<typeof start>): void {
  for (let i = 0; i < 3; i++) health.fail(health.begin());
}

describe('an endpoint', () => {
  it('is ejected by three failures in a row, not by three with an answer between them', () => {
    const { health, ready } = start();
    for (const ok of [false, false, true, false, false]) {
      const probe = health.begin();
      if (ok) health.succeed();
      else health.fail(probe);
    }
    expect(ready()).toBe(true);
    health.fail(health.begin());
    expect([health.state, ready()]).toEqual(['ejected', false]);
  });

  it('takes one probe after 2 s, and is healthy when that answers', () => {
    const started = start();
    const { health, clock, changes, ready } = started;
    eject(started);
    clock.advance(1_999);
    expect(ready()).toBe(false);
    clock.advance(1);
    expect(ready()).toBe(true);
    expect(health.begin()).toBe(true);
    expect(ready()).toBe(false);
    health.succeed();
    expect(changes).toEqual(['ejected', 'probing', 'healthy']);
    expect(health.begin()).toBe(false);
  });

  it('stays away twice as long after each failed probe, at most a minute', () => {
    const started = start();
    const { health, clock, ready } = started;
    eject(started);
    for (const seconds of [2, 4, 8, 16, 32, 60, 60]) {
      clock.advance(seconds * 1000 - 1);
      expect(ready()).toBe(false);
      clock.advance(1);
      expect(ready()).toBe(true);
      health.fail(health.begin());
    }
  });

  it('is ejected for 2 s by a burst of failures, however many were under way', () => {
    const { health, clock, ready } = start();
    const probes = Array.from({ length: 50 }, () => health.begin());
    for (const probe of probes) health.fail(probe);
    clock.advance(2_000);
    expect(ready()).toBe(true);
  });

  it('is judged by its probe alone while it probes: older failures and leavers do not count', () => {
    const started = start();
    const { health, clock, ready } = started;
    const old = [health.begin(), health.begin()];
    eject(started);
    clock.advance(2_000);
    const probe = health.begin();
    health.fail(old[0] ?? true);
    health.release(old[1] ?? true);
    expect(health.state).toBe('probing');
    health.release(probe);
    // The probe told nothing: the next request may probe at once.
    expect([health.state, ready()]).toEqual(['ejected', true]);
  });

  it('is healthy again when an older request is answered after all', () => {
    const started = start();
    started.health.begin();
    eject(started);
    started.health.succeed();
    expect(started.ready()).toBe(true);
  });

  it('is not ejected by a probe that fails after an older request was answered', () => {
    const started = start();
    const { health, clock, ready } = started;
    eject(started);
    clock.advance(2_000);
    const probe = health.begin();
    health.succeed();
    health.fail(probe);
    expect([health.state, ready()]).toEqual(['healthy', true]);
  });
});
