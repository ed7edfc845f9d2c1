// What a lease and its exchange cost over a bare undici dispatch: CPU per request of this process, the server being another one.
// npx tsx bench/pool.ts [requests a round] [under way at once]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool as Client } from 'undici';
import { seededRandom, systemClock } from '../src/base/index.ts';
import { createPools, type Pools } from '../src/pool/index.ts';

const BODY = Buffer.from(JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'y'.repeat(2_000) }] }));
const ANSWER = Buffer.from(JSON.stringify({ choices: [{ message: { content: 'z'.repeat(1_500) } }] }));
const HEADERS = ['content-type', 'application/json', 'accept', '*/*', 'user-agent', 'bench'];
const TIMEOUTS = { ttftMs: 300_000, itlMs: 120_000, totalMs: 600_000 };
const ASK = { tokens: 500, session: 'somebody', exclude: undefined };
const ROUNDS = 9;

type Go = (done: () => void) => void;

if (process.env['BENCH_SERVER'] === '1') serve();
else await measure(Number(process.argv[2] ?? 5_000), Number(process.argv[3] ?? 16));

function serve(): void {
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

async function measure(requests: number, atOnce: number): Promise<void> {
  const server = fork(import.meta.filename, { env: { ...process.env, BENCH_SERVER: '1' }, execArgv: process.execArgv });
  const [port] = (await once(server, 'message')) as [number];
  const url = `http://127.0.0.1:${port}`;
  const client = new Client(url, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const shapes: Record<string, Go> = {
    'bare dispatch': (done) => bare(client, done),
    'lease + exchange, 1 endpoint': viaPool(poolsOf(url, 1, false)),
    'lease + exchange, 4 endpoints': viaPool(poolsOf(url, 4, false)),
    'lease + exchange, own key': viaPool(poolsOf(url, 1, true)),
  };
  const costs = new Map<string, number[]>(Object.keys(shapes).map((name) => [name, []]));
  for (let n = -1; n < ROUNDS; n++) {
    for (const [name, go] of Object.entries(shapes)) {
      const cost = await round(go, requests, atOnce);
      if (n >= 0) costs.get(name)?.push(cost);
    }
  }
  for (const [name, all] of costs) console.log(`${name.padEnd(32)} ${spread(all)} us CPU per request`);
  for (const count of [1, 4, 16])
    console.log(`a lease alone, of ${count} endpoints: ${leaseAlone(url, count).toFixed(0)} ns CPU`);
  server.kill();
  process.exit(0);
}

function poolsOf(url: string, count: number, keyed: boolean): Pools {
  const endpoints = Array.from({ length: count }, (_, i) => ({
    name: `e${i}`,
    url: `${url}/v1`,
    credentials: keyed ? ({ kind: 'own', key: 'sk-bench' } as const) : ({ kind: 'callers' } as const),
    weight: 1,
    maxConcurrency: undefined,
  }));
  const pool = { name: 'a', endpoints, connectTimeoutMs: 2_000, healthCheck: undefined };
  return createPools(
    [{ ...pool, pick: 'least-tokens', queue: { size: 10, timeoutMs: 1_000 } }],
    systemClock,
    seededRandom(1),
    () => undefined,
  );
}

function bare(client: Client, done: () => void): void {
  client.dispatch(
    { path: '/v1/chat/completions', method: 'POST', headers: HEADERS, body: BODY },
    {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: () => undefined,
      onResponseEnd: done,
      onResponseError: fail,
    },
  );
}

/** All that the gateway asks of a pool for one request. */
function viaPool(pools: Pools): Go {
  const go = async (done: () => void): Promise<void> => {
    pools.snapshot();
    pools.noteRequest('a');
    const lease = pools.acquire('a', ASK);
    if (typeof lease === 'string') throw new Error(lease);
    const exchange = lease.dispatch({
      path: '/chat/completions',
      headers: [...HEADERS],
      body: BODY,
      timeouts: TIMEOUTS,
    });
    await exchange.head;
    lease.succeeded();
    lease.observe(10, 1);
    lease[Symbol.dispose]();
    done();
  };
  return (done) => void go(done);
}

function fail(_controller: unknown, error: Error): never {
  throw error;
}

function round(go: Go, requests: number, atOnce: number): Promise<number> {
  return new Promise((resolve) => {
    let started = 0;
    let ended = 0;
    const before = process.cpuUsage();
    const next = (): void => {
      if (started === requests) return;
      started++;
      go(() => {
        // undici gives a connection free a turn later.
        setImmediate(next);
        if (++ended < requests) return;
        const { user, system } = process.cpuUsage(before);
        resolve((user + system) / requests);
      });
    };
    for (let i = 0; i < atOnce; i++) next();
  });
}

function leaseAlone(url: string, count: number): number {
  const pools = poolsOf(url, count, false);
  const leases = 300_000;
  let spentUs = 0;
  for (let warm = 0; warm < 2; warm++) {
    const before = process.cpuUsage();
    for (let i = 0; i < leases; i++) {
      pools.snapshot();
      pools.noteRequest('a');
      const lease = pools.acquire('a', ASK);
      if (typeof lease === 'string') throw new Error(lease);
      lease.succeeded();
      lease.observe(10, 1);
      lease[Symbol.dispose]();
    }
    const { user, system } = process.cpuUsage(before);
    spentUs = user + system;
  }
  return (spentUs * 1e3) / leases;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, middle = 0, high = 0] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return `${middle.toFixed(1)} (${low.toFixed(1)}-${high.toFixed(1)})`;
}
