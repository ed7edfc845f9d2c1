// Leases: who gets one, what it counts, and what a change of the plan does to them; no sockets are opened.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manualClock, seededRandom, type GatewayEvent } from '../base/index.ts';
import { createPools, type Pools } from './pools.ts';
import type { Lease, PoolConfig } from './types.ts';

const NONE: ReadonlySet<string> = new Set();
const pool = (name: string, count: number): PoolConfig => ({
  name,
  endpoints: Array.from({ length: count }, (_, i) => ({
    name: `e${i}`,
    url: `http://127.0.0.1:${9000 + i}/v1`,
    apiKey: 'sk-1',
  })),
});

function start(configs: readonly PoolConfig[]): {
  pools: Pools;
  events: GatewayEvent[];
  clock: ReturnType<typeof manualClock>;
} {
  const clock = manualClock();
  const events: GatewayEvent[] = [];
  return { clock, events, pools: createPools(configs, clock, seededRandom(1), (event) => void events.push(event)) };
}

function acquire(pools: Pools, tokens = 1, exclude = NONE): Lease {
  const lease = pools.acquire('a', tokens, exclude);
  if (lease === undefined) throw new Error('nobody takes the request');
  return lease;
}

describe('a lease', () => {
  it('goes to the endpoint with the fewest tokens in flight', () => {
    const { pools } = start([pool('a', 2)]);
    const [first, second] = [acquire(pools, 100), acquire(pools, 10)];
    expect(second.endpoint).not.toBe(first.endpoint);
    expect([acquire(pools, 5).endpoint, acquire(pools, 5).endpoint]).toEqual([second.endpoint, second.endpoint]);
  });

  it('never goes to an excluded endpoint or to an unknown pool', () => {
    const { pools } = start([pool('a', 2)]);
    expect(acquire(pools, 1, new Set(['e0'])).endpoint).toBe('e1');
    const both = new Set(['e0', 'e1']);
    expect([pools.acquire('a', 1, both), pools.canAcquire('a', both)]).toEqual([undefined, false]);
    expect([pools.acquire('x', 1, NONE), pools.canAcquire('x', NONE)]).toEqual([undefined, false]);
  });

  it('given back twice counts once, and two verdicts on one answer are one', () => {
    const { pools, events } = start([pool('a', 1)]);
    const lease = acquire(pools);
    lease.failed('upstream_500');
    lease.failed('SLUICE_GATEWAY_BAD_ANSWER');
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(pools.endpoints()[0]?.inFlight).toBe(0);
    expect(events).toEqual([{ kind: 'attempt-failed', pool: 'a', endpoint: 'e0', code: 'upstream_500' }]);
  });

  it('blots its key out of what it is given, and nothing else', () => {
    const lease = acquire(start([pool('a', 1)]).pools);
    expect(lease.withoutKey(Buffer.from('Wrong key sk-1 (sk-1), é')).toString()).toBe(
      'Wrong key [redacted] ([redacted]), é',
    );
    const other = Buffer.from([0xff, 0x00]);
    expect(lease.withoutKey(other)).toBe(other);
  });
});

it('after any interleaving nothing is in flight, and no lease was of an ejected endpoint', () => {
  const step = fc.record({ kind: fc.constantFrom('take', 'ok', 'fail', 'leave', 'wait'), at: fc.nat({ max: 30 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { pools, clock } = start([pool('a', 3)]);
      const held: Lease[] = [];
      for (const { kind, at } of steps) {
        if (kind === 'wait') clock.advance(at * 100);
        else if (kind === 'take') {
          const before = new Map(pools.endpoints().map((e) => [e.endpoint, e.state]));
          const could = pools.canAcquire('a', NONE);
          const lease = pools.acquire('a', at, NONE);
          expect(lease !== undefined).toBe(could);
          if (lease === undefined) continue;
          expect(before.get(lease.endpoint)).not.toBe('probing');
          held.push(lease);
        } else {
          const [lease] = held.splice(at % Math.max(1, held.length), 1);
          if (kind === 'ok') lease?.succeeded();
          if (kind === 'fail') lease?.failed('x');
          lease?.[Symbol.dispose]();
        }
      }
      expect(pools.snapshot().get('a')?.inFlight).toBe(held.length);
      for (const lease of held) lease[Symbol.dispose]();
      expect(pools.snapshot().get('a')?.inFlight).toBe(0);
      expect(pools.endpoints().every((e) => e.state !== 'probing')).toBe(true);
    }),
  );
});

describe('a new plan', () => {
  it('keeps the load of endpoints that stay, and lets leases of gone ones end', async () => {
    const { pools } = start([pool('a', 2)]);
    const [one, two] = [acquire(pools), acquire(pools)];
    pools.reconcile([pool('a', 1), pool('b', 1)]);
    expect(pools.endpoints().map((e) => [e.pool, e.endpoint, e.inFlight])).toEqual([
      ['a', 'e0', 1],
      ['b', 'e0', 0],
    ]);
    for (const lease of [one, two]) lease[Symbol.dispose]();
    expect(pools.snapshot().get('a')).toEqual({ healthyEndpoints: 1, inFlight: 0 });
    await pools.close();
    expect(pools.endpoints()).toEqual([]);
  });

  it('with another key or address is another endpoint: its health begins anew', () => {
    const { pools } = start([pool('a', 1)]);
    for (let i = 0; i < 3; i++) acquire(pools).failed('x');
    expect(pools.canAcquire('a', NONE)).toBe(false);
    pools.reconcile([{ name: 'a', endpoints: [{ name: 'e0', url: 'http://127.0.0.1:9000/v1', apiKey: 'sk-2' }] }]);
    expect(pools.canAcquire('a', NONE)).toBe(true);
  });
});
