// Active health checks: who asks, when, and what takes an endpoint out and back.
import { describe, expect, it } from 'vitest';
import { endpointConfig, leaseOf, poolConfig, startPools, type Started } from './fixtures/pools.ts';
import { rawServer, type RawServer } from './fixtures/raw-server.ts';
import type { HealthCheckConfig } from './types.ts';

const CHECK: HealthCheckConfig = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 1_000,
  unhealthyAfter: 2,
  healthyAfter: 3,
};

/** Answers each check with the next status; 0: not at all. */
async function start(statuses: readonly number[], change: Partial<HealthCheckConfig> = {}) {
  const server = await rawServer((socket, n) => {
    const status = statuses[n - 1] ?? 0;
    if (status !== 0) socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
  });
  const endpoint = endpointConfig('e0', { url: server.url });
  const config = poolConfig('a', [endpoint], { healthCheck: { ...CHECK, ...change } });
  const started = startPools([config]);
  return { ...started, server, config };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

/** Moves the clock to the n-th check, and lets it be answered: the next timer is then the next check, not this one's end. */
async function check(
  { clock, server, dueIn }: Started & { server: RawServer },
  n: number,
  answered = true,
): Promise<void> {
  clock.advance(dueIn());
  await server.request(n);
  if (!answered) return;
  while (dueIn() <= CHECK.timeoutMs) await turns(1);
}

const stateOf = ({ pools }: Started): string | undefined => pools.endpoints()[0]?.state;

describe('a pool with health checks', () => {
  it('asks below the endpoint’s origin, and takes out and back by results in a row', async () => {
    const started = await start([500, 200, 500, 404, 200, 204, 200]);
    const { events, server, pools } = started;
    const seen: (string | undefined)[] = [];
    for (let n = 1; n <= 7; n++) {
      await check(started, n);
      seen.push(stateOf(started));
    }
    expect(seen).toEqual(['healthy', 'healthy', 'healthy', 'unhealthy', 'unhealthy', 'unhealthy', 'healthy']);
    expect(server.heard[0]).toMatch(/^GET \/health HTTP/);
    expect(events).toEqual([
      {
        kind: 'endpoint-changed',
        pool: 'a',
        endpoint: 'e0',
        state: 'unhealthy',
        reason: '2 health checks in a row failed: status 404',
      },
      {
        kind: 'endpoint-changed',
        pool: 'a',
        endpoint: 'e0',
        state: 'healthy',
        reason: '3 health checks in a row passed',
      },
    ]);
    leaseOf(pools);
  });

  it('takes a server that wants a key for one that lives', async () => {
    const started = await start([500, 401, 403, 404, 500], { unhealthyAfter: 2, healthyAfter: 2 });
    const seen: (string | undefined)[] = [];
    for (let n = 1; n <= 5; n++) {
      await check(started, n);
      seen.push(stateOf(started));
    }
    expect(seen).toEqual(['healthy', 'healthy', 'healthy', 'healthy', 'unhealthy']);
  });

  it('gives an unhealthy endpoint no requests, whatever these say', async () => {
    const started = await start([500, 500], { unhealthyAfter: 1 });
    const lease = leaseOf(started.pools);
    await check(started, 1);
    lease.succeeded();
    expect([stateOf(started), started.pools.canAcquire('a', undefined)]).toEqual(['unhealthy', false]);
    expect(started.pools.snapshot().get('a')?.healthyEndpoints).toBe(0);
  });

  it('takes no answer in time as a failure', async () => {
    const started = await start([0], { unhealthyAfter: 1 });
    await check(started, 1, false);
    started.clock.advance(1_000);
    while (stateOf(started) === 'healthy') await turns(1);
    expect(stateOf(started)).toBe('unhealthy');
    expect(started.events).toMatchObject([{ reason: '1 health checks in a row failed: no answer within 1000 ms' }]);
  });

  it('is asked in gaps of 0.8 to 1.2 of the interval', async () => {
    const started = await start([200, 200, 200, 200, 200]);
    const gaps: number[] = [];
    for (let n = 1; n <= 5; n++) {
      await check(started, n);
      gaps.push(started.dueIn());
    }
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(8_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12_000);
    expect(new Set(gaps).size).toBe(5);
  });

  it('keeps its results over a new plan, forgets them with the checks, and stops with its endpoint', async () => {
    const started = await start([500], { unhealthyAfter: 1 });
    const { pools, config, pending } = started;
    await check(started, 1);
    pools.reconcile([{ ...config, healthCheck: { ...CHECK, unhealthyAfter: 1 } }]);
    expect([stateOf(started), pending()]).toEqual(['unhealthy', 1]);
    pools.reconcile([{ ...config, healthCheck: undefined }]);
    expect([stateOf(started), pending()]).toEqual(['healthy', 0]);
    pools.reconcile([config]);
    expect(pending()).toBe(1);
    pools.close();
    expect(pending()).toBe(0);
  });
});

it('a pool without health checks asks nothing', async () => {
  const server = await rawServer();
  const { clock, pending } = startPools([poolConfig('a', [endpointConfig('e0', { url: server.url })])]);
  expect(pending()).toBe(0);
  clock.advance(1_000_000);
  await turns(20);
  expect(server.sockets).toHaveLength(0);
});
