// The queue of a pool at its limit: order, refusals, leavers, and that nothing is ever lost in it.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../base/index.ts';
import { askOf, endpointConfig, leaseOf, poolConfig, startPools, type Started } from './fixtures/pools.ts';
import type { Ask, Lease, PoolConfig, Waiting } from './types.ts';

const limited = (change: Partial<PoolConfig> = {}, count = 1, maxConcurrency = 1): PoolConfig =>
  poolConfig(
    'a',
    Array.from({ length: count }, (_, i) => endpointConfig(`e${i}`, { maxConcurrency })),
    { queue: { size: 2, timeoutMs: 1_000 }, ...change },
  );

/** Whoever has been answered hears of it. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await Promise.resolve();
}

/** What has become of it so far. */
async function seen(waiting: Waiting): Promise<string> {
  let state = 'waiting';
  waiting.lease.then(
    () => (state = 'leased'),
    (error: SluiceError) => (state = error.code),
  );
  await settle();
  return state;
}

async function errorOf(waiting: Waiting): Promise<SluiceError> {
  return waiting.lease.then(
    () => {
      throw new Error('it got a lease');
    },
    (error: SluiceError) => error,
  );
}

const enqueue = ({ pools }: Started, change: Partial<Ask> = {}): Waiting => pools.enqueue('a', askOf(change));

describe('a request that finds its pool full', () => {
  it('gets the next lease that is given back, first come, first served', async () => {
    const started = startPools([limited()]);
    const { pools } = started;
    const held = leaseOf(pools);
    const [first, second] = [enqueue(started), enqueue(started)];
    expect([pools.queues().get('a'), pools.snapshot().get('a')?.queued]).toEqual([2, 2]);
    expect(await seen(first)).toBe('waiting');
    held[Symbol.dispose]();
    expect(await seen(second)).toBe('waiting');
    (await first.lease)[Symbol.dispose]();
    (await second.lease)[Symbol.dispose]();
    expect(pools.snapshot().get('a')).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it('is not overtaken by one that comes later', () => {
    const started = startPools([limited()]);
    const held = leaseOf(started.pools);
    enqueue(started);
    held[Symbol.dispose]();
    expect(started.pools.acquire('a', askOf())).toBe('full');
  });

  it('does not hold up another when it has tried whoever is free', async () => {
    const started = startPools([limited({}, 2)]);
    const held = [leaseOf(started.pools), leaseOf(started.pools)];
    const picky = enqueue(started, { exclude: new Set(['e0']) });
    const easy = enqueue(started);
    held.find(({ endpoint }) => endpoint === 'e0')?.[Symbol.dispose]();
    expect((await easy.lease).endpoint).toBe('e0');
    expect(await seen(picky)).toBe('waiting');
  });

  it('is refused at once with 429 when the queue is full too, and told when it will have drained', async () => {
    const started = startPools([limited({ queue: { size: 2, timeoutMs: 60_000 } })]);
    const { pools, clock } = started;
    let held = leaseOf(pools);
    const waiting = [enqueue(started), enqueue(started)];
    // Nobody has been served yet: as long as one may wait.
    const early = await errorOf(enqueue(started));
    expect([early.code, early.spec.status, early.spec.openaiType, early.retryAfterSeconds]).toEqual([
      'SLUICE_POOL_QUEUE_FULL',
      429,
      'rate_limit_error',
      60,
    ]);
    for (let i = 0; i < 5; i++) {
      clock.advance(900);
      held[Symbol.dispose]();
      const next = waiting.shift();
      if (next === undefined) throw new Error('nobody waits');
      held = await next.lease;
      waiting.push(enqueue(started));
    }
    clock.advance(900);
    // One in 1.08 s of late; three are to be served.
    expect((await errorOf(enqueue(started))).retryAfterSeconds).toBe(4);
  });

  it('is refused when it has waited for too long, and the timer goes', async () => {
    const started = startPools([limited()]);
    leaseOf(started.pools);
    const idle = started.pending();
    const waiting = enqueue(started);
    expect(started.pending()).toBe(idle + 1);
    started.clock.advance(950);
    expect(await seen(waiting)).toBe('waiting');
    started.clock.advance(100);
    const error = await errorOf(waiting);
    expect([error.code, error.spec.status, error.message]).toEqual([
      'SLUICE_POOL_QUEUE_TIMEOUT',
      429,
      'No endpoint of pool "a" became free within 1000 ms.',
    ]);
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    started.clock.advance(100);
    expect([started.pools.queues().get('a'), started.pending()]).toEqual([0, idle]);
  });

  it('that leaves makes room, and gives back a lease that it did not hear of', async () => {
    const started = startPools([limited()]);
    const held = leaseOf(started.pools);
    const [gone, next] = [enqueue(started), enqueue(started)];
    gone.cancel();
    gone.cancel();
    expect((await errorOf(gone)).code).toBe('SLUICE_POOL_LEFT_QUEUE');
    held[Symbol.dispose]();
    next.cancel();
    expect(started.pools.snapshot().get('a')).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it.each([
    ['a queue of no places', () => limited({ queue: { size: 0, timeoutMs: 1_000 } }), 'SLUICE_POOL_QUEUE_FULL'],
    ['nobody there', () => poolConfig('a', 0), 'SLUICE_POOL_NO_ENDPOINT'],
    ['another name', () => poolConfig('b', 1), 'SLUICE_POOL_NO_ENDPOINT'],
  ])('and %s is refused', async (_what, config, code) => {
    const started = startPools([config()]);
    started.pools.acquire('a', askOf());
    expect((await errorOf(enqueue(started))).code).toBe(code);
  });

  it('hears at once when nobody is left to wait for', async () => {
    const started = startPools([limited({}, 1, 3)]);
    const held = [leaseOf(started.pools), leaseOf(started.pools), leaseOf(started.pools)];
    const waiting = enqueue(started);
    for (const lease of held) lease.failed('x');
    expect((await errorOf(waiting)).code).toBe('SLUICE_POOL_NO_ENDPOINT');
  });

  it('goes on waiting while everybody is merely busy', async () => {
    const started = startPools([limited()]);
    const held = leaseOf(started.pools);
    const waiting = enqueue(started);
    held.busy(0.2);
    held[Symbol.dispose]();
    expect([await seen(waiting), started.pools.acquire('a', askOf())]).toEqual(['waiting', 'none']);
    started.clock.advance(250);
    expect((await waiting.lease).endpoint).toBe('e0');
  });

  it('hears when its pool leaves the plan, and gets the place that a new plan makes', async () => {
    const started = startPools([limited()]);
    leaseOf(started.pools);
    const [first, second] = [enqueue(started), enqueue(started)];
    started.pools.reconcile([limited({}, 1, 2)]);
    expect((await first.lease).endpoint).toBe('e0');
    started.pools.reconcile([]);
    expect((await errorOf(second)).code).toBe('SLUICE_POOL_NO_ENDPOINT');
  });

  it('gets an endpoint that has been left alone for as long as it asked, without anybody else coming', async () => {
    const started = startPools([limited({}, 2)]);
    const [one, two] = [leaseOf(started.pools), leaseOf(started.pools)];
    one.busy(0.2);
    one[Symbol.dispose]();
    const waiting = enqueue(started);
    expect(await seen(waiting)).toBe('waiting');
    started.clock.advance(250);
    expect((await waiting.lease).endpoint).toBe(one.endpoint);
    expect(two.endpoint).not.toBe(one.endpoint);
  });
});

/** Steps that give a lease back. */
const ENDS: ReadonlySet<string> = new Set(['ok', 'fail', 'busy', 'leave', 'race']);

describe('after any interleaving', () => {
  const step = fc.record({
    kind: fc.constantFrom(
      'acquire',
      'enqueue',
      'enqueue',
      'cancel',
      'ok',
      'fail',
      'busy',
      'leave',
      'race',
      'wait',
      'plan',
    ),
    at: fc.nat({ max: 40 }),
  });

  it('no lease is lost, nobody waits beside a free endpoint, and the order is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const plan = (at: number): PoolConfig =>
          limited({ queue: { size: 4, timeoutMs: 2_000 } }, 1 + (at % 3), 1 + (at % 2));
        const started = startPools([plan(1)]);
        const { pools, clock } = started;
        const held: Lease[] = [];
        const waiting = new Map<number, Waiting>();
        const served: number[] = [];
        let tickets = 0;
        for (const { kind, at } of steps) {
          const [lease] = ENDS.has(kind) ? held.splice(at % Math.max(1, held.length), 1) : [];
          if (kind === 'ok') lease?.succeeded();
          if (kind === 'fail') lease?.failed('x');
          if (kind === 'busy') lease?.busy(at / 20);
          lease?.[Symbol.dispose]();
          if (kind === 'wait') clock.advance(at * 50);
          if (kind === 'plan') pools.reconcile([plan(at)]);
          if (kind === 'acquire') {
            const got = pools.acquire('a', askOf());
            if (got !== 'full' && got !== 'none') held.push(got);
          }
          if (kind === 'enqueue') {
            const ticket = tickets++;
            const one = pools.enqueue('a', askOf());
            waiting.set(ticket, one);
            one.lease.then(
              (got) => {
                waiting.delete(ticket);
                served.push(ticket);
                held.push(got);
              },
              () => waiting.delete(ticket),
            );
          }
          if (kind === 'cancel') [...waiting.values()][at % Math.max(1, waiting.size)]?.cancel();
          // Given a lease and gone before it heard of it.
          if (kind === 'race') waiting.get(Math.min(...waiting.keys()))?.cancel();
          await settle();
          expect(pools.queues().get('a')).toBe(waiting.size);
          expect(waiting.size > 0 && pools.canAcquire('a', undefined)).toBe(false);
          for (const { inFlight } of pools.endpoints()) expect(inFlight).toBeGreaterThanOrEqual(0);
        }
        expect(served).toEqual(served.toSorted((a, b) => a - b));
        clock.advance(5_000);
        await settle();
        while (held.length > 0) {
          held.pop()?.[Symbol.dispose]();
          await settle();
        }
        expect(waiting.size).toBe(0);
        expect(pools.snapshot().get('a')).toMatchObject({ inFlight: 0, inFlightTokens: 0, queued: 0 });
        clock.advance(100);
        expect(started.pending()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
