// Leases: who gets one, what it counts, and what a change of the plan does to them; no sockets are opened.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askOf, endpointConfig, leaseOf, poolConfig, startPools } from './fixtures/pools.ts';
import type { Lease } from './types.ts';

const states = (pools: ReturnType<typeof startPools>['pools']) => pools.endpoints().map(({ state }) => state);

describe('a lease', () => {
  it('goes to the endpoint with the fewest tokens in flight', () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    const [first, second] = [leaseOf(pools, { tokens: 100 }), leaseOf(pools, { tokens: 10 })];
    expect(second.endpoint).not.toBe(first.endpoint);
    expect([leaseOf(pools, { tokens: 5 }).endpoint, leaseOf(pools, { tokens: 5 }).endpoint]).toEqual([
      second.endpoint,
      second.endpoint,
    ]);
  });

  it('goes where the pool’s picker says', () => {
    const { pools } = startPools([poolConfig('a', 5, { pick: 'session-hash' })]);
    const endpoints = new Set(Array.from({ length: 20 }, () => leaseOf(pools, { session: 'me', tokens: 9 }).endpoint));
    expect(endpoints.size).toBe(1);
  });

  it('never goes to an excluded endpoint or to an unknown pool', () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    expect(leaseOf(pools, { exclude: new Set(['e0']) }).endpoint).toBe('e1');
    const both = new Set(['e0', 'e1']);
    expect([pools.acquire('a', askOf({ exclude: both })), pools.canAcquire('a', both)]).toEqual(['none', false]);
    expect([pools.acquire('x', askOf()), pools.canAcquire('x', undefined)]).toEqual(['none', false]);
    expect(pools.mayRetry('x')).toBe(false);
  });

  it('is refused as full where all are at their limit, as none where nobody is there', () => {
    const config = poolConfig('a', [
      endpointConfig('e0', { maxConcurrency: 1 }),
      endpointConfig('e1', { maxConcurrency: 2 }),
    ]);
    const { pools } = startPools([config]);
    const held = [leaseOf(pools), leaseOf(pools), leaseOf(pools)];
    expect(held.filter(({ endpoint }) => endpoint === 'e1')).toHaveLength(2);
    expect(pools.acquire('a', askOf())).toBe('full');
    expect(pools.canAcquire('a', undefined)).toBe(false);
    // At its limit a pool is healthy all the same.
    expect(pools.snapshot().get('a')?.healthyEndpoints).toBe(2);
    held[0]?.[Symbol.dispose]();
    expect(leaseOf(pools).endpoint).toBe(held[0]?.endpoint);
  });

  it('given back twice counts once, and two verdicts on one answer are one', () => {
    const { pools, events } = startPools([poolConfig('a', 1)]);
    const lease = leaseOf(pools, { tokens: 0.1 });
    expect(pools.snapshot().get('a')).toMatchObject({ inFlight: 1, inFlightTokens: 0.1 });
    lease.failed('upstream_500');
    lease.failed('SLUICE_GATEWAY_BAD_ANSWER');
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(pools.endpoints()).toMatchObject([{ inFlight: 0, inFlightTokens: 0 }]);
    expect(events).toEqual([{ kind: 'attempt-failed', pool: 'a', endpoint: 'e0', code: 'upstream_500' }]);
  });

  it('blots its key out of what it is given, and nothing else', () => {
    const lease = leaseOf(startPools([poolConfig('a', 1)]).pools);
    expect(lease.withoutKey(Buffer.from('Wrong key sk-1 (sk-1), é')).toString()).toBe(
      'Wrong key [redacted] ([redacted]), é',
    );
    const other = Buffer.from([0xff, 0x00]);
    expect(lease.withoutKey(other)).toBe(other);
  });

  it('of an endpoint whose own key is not set has a key of its own all the same', () => {
    const keyed = (credentials: Parameters<typeof endpointConfig>[1]) =>
      leaseOf(startPools([poolConfig('a', [endpointConfig('e0', credentials)])]).pools).hasApiKey;
    expect(keyed({ credentials: { kind: 'own', key: undefined } })).toBe(true);
    expect(keyed({ credentials: { kind: 'own', key: 'sk-1' } })).toBe(true);
    expect(keyed({ credentials: { kind: 'callers' } })).toBe(false);
  });
});

describe('an endpoint that is busy', () => {
  it('gets no requests for as long as it asked, and has not failed', () => {
    const { pools, events, clock } = startPools([poolConfig('a', 1)]);
    leaseOf(pools).busy(7);
    expect([states(pools), pools.acquire('a', askOf()), pools.snapshot().get('a')?.healthyEndpoints]).toEqual([
      ['busy'],
      'none',
      0,
    ]);
    expect(pools.noEndpoint('a').retryAfterSeconds).toBe(7);
    clock.advance(6_999);
    expect(pools.canAcquire('a', undefined)).toBe(false);
    clock.advance(1);
    expect([pools.snapshot().get('a')?.healthyEndpoints, states(pools)]).toEqual([1, ['healthy']]);
    leaseOf(pools);
    expect(events.map((event) => ('state' in event ? event.state : event.kind))).toEqual(['busy', 'healthy']);
  });

  it('is never left alone for more than a minute', () => {
    const { pools, clock } = startPools([poolConfig('a', 1)]);
    leaseOf(pools).busy(3_600);
    clock.advance(59_999);
    expect(pools.canAcquire('a', undefined)).toBe(false);
    clock.advance(1);
    expect(pools.canAcquire('a', undefined)).toBe(true);
  });

  it('without saying for how long is left alone for a second, if there are others', () => {
    const [alone, pair] = [startPools([poolConfig('a', 1)]), startPools([poolConfig('a', 2)])];
    for (const { pools } of [alone, pair]) leaseOf(pools).busy(undefined);
    expect([states(alone.pools), states(pair.pools).toSorted()]).toEqual([['healthy'], ['busy', 'healthy']]);
    pair.clock.advance(1_000);
    expect(states(pair.pools)).toEqual(['healthy', 'healthy']);
  });

  it('has passed its probe', () => {
    const { pools, clock } = startPools([poolConfig('a', 1)]);
    for (let i = 0; i < 3; i++) leaseOf(pools).failed('x');
    expect([states(pools), pools.noEndpoint('a').retryAfterSeconds]).toEqual([['ejected'], 2]);
    clock.advance(2_000);
    leaseOf(pools).busy(0);
    expect(states(pools)).toEqual(['healthy']);
  });
});

describe('numbers', () => {
  it('are live: one map, kept up to date', () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    const snapshot = pools.snapshot();
    const numbers = snapshot.get('a');
    const lease = leaseOf(pools, { tokens: 5 });
    expect(numbers).toEqual({
      healthyEndpoints: 2,
      inFlight: 1,
      inFlightTokens: 5,
      queued: 0,
      ttftMs: undefined,
      tpotMs: undefined,
    });
    lease[Symbol.dispose]();
    expect(numbers?.inFlight).toBe(0);
    expect(pools.snapshot()).toBe(snapshot);
  });

  it('count an ejected endpoint as healthy when it is due for a probe, and only one probes', () => {
    const { pools, clock } = startPools([poolConfig('a', 1)]);
    for (let i = 0; i < 3; i++) leaseOf(pools).failed('x');
    expect(pools.snapshot().get('a')?.healthyEndpoints).toBe(0);
    clock.advance(2_000);
    expect(pools.snapshot().get('a')?.healthyEndpoints).toBe(1);
    const probe = leaseOf(pools);
    expect([pools.snapshot().get('a')?.healthyEndpoints, pools.acquire('a', askOf())]).toEqual([0, 'none']);
    probe.succeeded();
    expect(pools.snapshot().get('a')?.healthyEndpoints).toBe(1);
  });

  it('have the mean speed of the endpoints that take requests, half of it from the last twenty answers', () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    const on = (exclude: string) => leaseOf(pools, { exclude: new Set([exclude]) });
    for (let i = 0; i < 200; i++) on('e1').observe(100, 10);
    on('e1').observe(undefined, undefined);
    on('e1').observe(Number.NaN, -1);
    expect(pools.snapshot().get('a')).toMatchObject({ ttftMs: 100, tpotMs: 10 });
    on('e0').observe(300, undefined);
    expect(pools.snapshot().get('a')).toMatchObject({ ttftMs: 200, tpotMs: 10 });
    for (let i = 0; i < 20; i++) on('e1').observe(200, 10);
    expect(pools.snapshot().get('a')?.ttftMs).toBeCloseTo((150 + 300) / 2, 6);
    for (let i = 0; i < 3; i++) on('e1').failed('x');
    expect(pools.snapshot().get('a')).toMatchObject({ ttftMs: 300, tpotMs: undefined });
  });
});

it('a retry budget is each pool’s own', () => {
  const { pools } = startPools([poolConfig('a', 1), poolConfig('b', 1)], {
    retryBudget: { ratio: 0.5, minPerSecond: 0 },
  });
  for (let i = 0; i < 4; i++) pools.noteRequest('a');
  expect([1, 2, 3].map(() => pools.mayRetry('a'))).toEqual([true, true, false]);
  expect(pools.mayRetry('b')).toBe(false);
});

it('after any interleaving nothing is in flight, and no lease was of an ejected endpoint', () => {
  const step = fc.record({
    kind: fc.constantFrom('take', 'ok', 'fail', 'busy', 'leave', 'wait'),
    at: fc.nat({ max: 30 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { pools, clock } = startPools([poolConfig('a', 3)]);
      const held: Lease[] = [];
      for (const { kind, at } of steps) {
        if (kind === 'wait') clock.advance(at * 100);
        else if (kind === 'take') {
          const before = new Map(pools.endpoints().map((e) => [e.endpoint, e.state]));
          const could = pools.canAcquire('a', undefined);
          expect((pools.snapshot().get('a')?.healthyEndpoints ?? 0) > 0).toBe(could);
          const lease = pools.acquire('a', askOf({ tokens: at / 10 }));
          expect(lease !== 'none').toBe(could);
          if (lease === 'none' || lease === 'full') continue;
          expect(['healthy', 'ejected']).toContain(before.get(lease.endpoint));
          held.push(lease);
        } else {
          const [lease] = held.splice(at % Math.max(1, held.length), 1);
          if (kind === 'ok') lease?.succeeded();
          if (kind === 'fail') lease?.failed('x');
          if (kind === 'busy') lease?.busy(at % 4);
          lease?.[Symbol.dispose]();
        }
      }
      expect(pools.snapshot().get('a')?.inFlight).toBe(held.length);
      for (const lease of held) lease[Symbol.dispose]();
      expect(pools.snapshot().get('a')).toMatchObject({ inFlight: 0, inFlightTokens: 0 });
      expect(states(pools)).not.toContain('probing');
    }),
  );
});

describe('a new plan', () => {
  it('keeps the load of endpoints that stay, and lets leases of gone ones end', async () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    const [one, two] = [leaseOf(pools), leaseOf(pools)];
    pools.reconcile([poolConfig('a', 1), poolConfig('b', 1)]);
    expect(pools.endpoints().map((e) => [e.pool, e.endpoint, e.inFlight])).toEqual([
      ['a', 'e0', 1],
      ['b', 'e0', 0],
    ]);
    expect(pools.snapshot().get('a')?.inFlight).toBe(1);
    for (const lease of [one, two]) lease[Symbol.dispose]();
    expect(pools.snapshot().get('a')).toMatchObject({ healthyEndpoints: 1, inFlight: 0, inFlightTokens: 0 });
    pools.reconcile([poolConfig('b', 1)]);
    expect([...pools.snapshot().keys()]).toEqual(['b']);
    pools.close();
    expect(pools.endpoints()).toEqual([]);
  });

  it('changes weights, limits and picker of endpoints that stay, and keeps their health', () => {
    const { pools } = startPools([poolConfig('a', 2)]);
    for (let i = 0; i < 3; i++) leaseOf(pools, { exclude: new Set(['e1']) }).failed('x');
    const held = leaseOf(pools);
    const changed = ['e0', 'e1'].map((name) => endpointConfig(name, { weight: 7, maxConcurrency: 1 }));
    pools.reconcile([poolConfig('a', changed, { pick: 'round-robin', connectTimeoutMs: 9 })]);
    expect(states(pools)).toEqual(['ejected', 'healthy']);
    expect(pools.acquire('a', askOf())).toBe('full');
    held[Symbol.dispose]();
    expect(leaseOf(pools).endpoint).toBe('e1');
  });

  it.each([
    ['another key', { credentials: { kind: 'own', key: 'sk-2' } }],
    ['the callers’ keys', { credentials: { kind: 'callers' } }],
    ['no key any more', { credentials: { kind: 'own', key: undefined } }],
    ['another address', { url: 'http://127.0.0.1:10/v1' }],
  ] as const)('with %s is another endpoint: its health begins anew', (_what, change) => {
    const { pools } = startPools([poolConfig('a', 1)]);
    for (let i = 0; i < 3; i++) leaseOf(pools).failed('x');
    expect(pools.canAcquire('a', undefined)).toBe(false);
    pools.reconcile([poolConfig('a', [endpointConfig('e0', change)])]);
    expect(pools.canAcquire('a', undefined)).toBe(true);
  });
});
