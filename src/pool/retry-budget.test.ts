// Retries are a share of the requests, with a reserve for quiet times.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../base/index.ts';
import { RetryBudget } from './retry-budget.ts';

function start(ratio: number, minPerSecond: number) {
  const clock = manualClock();
  const budget = new RetryBudget({ ratio, minPerSecond }, clock);
  const spend = (): number => {
    let spent = 0;
    while (spent < 100_000 && budget.withdraw()) spent++;
    return spent;
  };
  return { clock, budget, spend };
}

describe('a retry budget', () => {
  it('goes by what it is set to now, and keeps what was earned', () => {
    const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0 }, manualClock());
    budget.deposit();
    budget.configure({ ratio: 0, minPerSecond: 0 });
    budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.configure({ ratio: 0.5, minPerSecond: 0 });
    budget.deposit();
    expect([budget.withdraw(), budget.withdraw()]).toEqual([true, false]);
  });

  it('allows one retry for five requests at a ratio of 0.2', () => {
    const { budget, spend } = start(0.2, 0);
    expect(spend()).toBe(0);
    for (let i = 0; i < 500; i++) budget.deposit();
    expect(spend()).toBe(100);
  });

  it('has a reserve of ten seconds, that comes back as withdrawals are forgotten', () => {
    const { clock, spend } = start(0.2, 10);
    expect(spend()).toBe(100);
    clock.advance(9_999);
    expect(spend()).toBe(0);
    clock.advance(1);
    expect(spend()).toBe(100);
  });

  it('forgets what was earned ten seconds ago', () => {
    const { clock, budget, spend } = start(0.2, 0);
    for (let i = 0; i < 50; i++) budget.deposit();
    clock.advance(10_000);
    expect(spend()).toBe(0);
  });

  it('never retries more in ten seconds than their requests and the reserve allow', () => {
    const step = fc.record({ requests: fc.nat(30), tries: fc.nat(30), waitMs: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, budget } = start(0.2, 1);
        const seen: { at: number; requests: number; retries: number }[] = [];
        for (const { requests, tries, waitMs } of steps) {
          for (let i = 0; i < requests; i++) budget.deposit();
          let retries = 0;
          for (let i = 0; i < tries; i++) if (budget.withdraw()) retries++;
          seen.push({ at: Math.floor(clock.monotonicMs() / 1000), requests, retries });
          const recent = seen.filter(({ at }) => at > (seen.at(-1)?.at ?? 0) - 10);
          const sum = (key: 'requests' | 'retries') => recent.reduce((total, s) => total + s[key], 0);
          if (retries > 0) expect(sum('retries')).toBeLessThanOrEqual(10 + 0.2 * sum('requests') + 1e-6);
          clock.advance(waitMs);
        }
      }),
    );
  });
});
