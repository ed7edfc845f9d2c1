import { describe, expect, it } from 'vitest';

import type { GatewayEvent } from '../base/index.ts';
import { manualAfter } from '../embedding/fixtures/manual-after.ts';
import type { Plan } from '../policy/index.ts';
import type { Router } from '../router/index.ts';

import { createRouting, type Prepared } from './routing.ts';

const planNamed = (fingerprint: string): Plan => ({ fingerprint, routes: [], pools: new Map() }) as unknown as Plan;
const routerOf = (plan: Plan): Router => ({ plan }) as unknown as Router;

/** A policy file whose text can be changed, and a gateway that takes as long as it is told to get ready. */
function setUp(first?: () => Promise<Router | undefined>) {
  const file = { text: 'first' };
  const swapped: string[] = [];
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const { after, advance, pending } = manualAfter();
  const routing = createRouting(
    { router: routerOf(planNamed('first')), complete: first },
    {
      readPlan: () =>
        file.text === 'broken'
          ? Promise.reject(new Error('line 3: no such pool'))
          : Promise.resolve(planNamed(file.text)),
      prepare: (plan) =>
        new Promise<Prepared>((resolve) => {
          waiting.push(() => resolve({ router: routerOf(plan), swap: () => swapped.push(plan.fingerprint) }));
        }),
      publish: (event: GatewayEvent) => {
        if (event.kind === 'policy-reloaded') told.push(`${event.result} ${event.fingerprint}`);
      },
      after,
    },
  );
  /** Lets everything happen that waits for nothing from outside. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { file, routing, swapped, told, waiting, settle, advance, pending };
}

describe('a changed policy', () => {
  it('that comes while another is got ready is taken up after it, and stays', async () => {
    const { file, routing, swapped, told, waiting, settle } = setUp();
    file.text = 'second';
    const slow = routing.reload();
    await settle();
    file.text = 'third';
    const quick = routing.reload();
    await settle();
    expect([waiting.length, routing.current().plan.fingerprint]).toEqual([1, 'first']);
    waiting[0]?.();
    await slow;
    expect(routing.current().plan.fingerprint).toBe('second');
    await settle();
    waiting[1]?.();
    await quick;
    expect(swapped).toEqual(['second', 'third']);
    expect(told).toEqual(['applied second', 'applied third']);
    expect(routing.current().plan.fingerprint).toBe('third');
  });

  it('whose text is what already serves is no change', async () => {
    const { routing, told, waiting } = setUp();
    await routing.reload();
    expect([waiting.length, told]).toEqual([0, []]);
  });

  it('that is broken leaves the one that serves, and the next one is taken up', async () => {
    const { file, routing, told, waiting, settle } = setUp();
    file.text = 'broken';
    await routing.reload();
    expect(told).toEqual(['refused first']);
    file.text = 'second';
    const next = routing.reload();
    await settle();
    waiting[0]?.();
    await next;
    expect(routing.current().plan.fingerprint).toBe('second');
  });
});

describe('a router that has to do without something', () => {
  const whole = routerOf(planNamed('first'));

  it('gives way to the whole one when that can be had', async () => {
    const answers = [undefined, whole];
    const { routing, settle, advance, pending, told } = setUp(() => Promise.resolve(answers.shift()));
    advance(5_000);
    await settle();
    expect(routing.current()).not.toBe(whole);
    advance(10_000);
    await settle();
    expect(routing.current()).toBe(whole);
    // The same policy: nothing has been reloaded.
    expect([pending(), told]).toEqual([0, []]);
  });

  it('is not waited for when another policy serves, or none', async () => {
    const { file, routing, settle, waiting, pending } = setUp(() => Promise.resolve(whole));
    file.text = 'second';
    const next = routing.reload();
    await settle();
    waiting[0]?.();
    await next;
    expect([pending(), routing.current().plan.fingerprint]).toEqual([0, 'second']);

    const closed = setUp(() => Promise.resolve(whole));
    closed.routing.close();
    expect(closed.pending()).toBe(0);
  });
});
