// The shared home while Redis is dead, hung or slow, and after it has come back.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf } from './contract-model.ts';
import { freePort, startRedisServer, whyNoRedisServer, withClient, type RedisServer } from './fixtures/redis-server.ts';
import { openRedisStore, type RedisStoreOptions } from './redis-store.ts';
import type { Store } from './store.ts';

const why = whyNoRedisServer();
if (why !== undefined) process.stderr.write(`redis-outage.test.ts is SKIPPED: ${why}\n`);

/** Of a call that should give up after `timeoutMs`: other tests run beside this one. */
const SLACK_MS = 10_000;
const BOUND_MS = 400;

const row = (key: string, value: unknown, collection = 'log') => ({ collection, key, value });
const writeFailure = { code: 'SLUICE_STORE_WRITE' };

describe.skipIf(why !== undefined)('Redis store, while Redis', () => {
  let server: RedisServer;
  let reports: unknown[];
  const opened: Store[] = [];
  beforeEach(async () => {
    server = await startRedisServer();
    reports = [];
  });
  afterEach(async () => {
    server.signal('SIGCONT');
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await server.dispose();
  });

  async function open(options: Partial<RedisStoreOptions> = {}): Promise<Store> {
    const store = await openRedisStore({
      url: server.url,
      onWriteError: (error) => reports.push(error),
      timeoutMs: BOUND_MS,
      ...options,
    });
    opened.push(store);
    return store;
  }

  async function expectToRejectInTime(call: Promise<unknown>, code: string): Promise<void> {
    const start = performance.now();
    await expect(call).rejects.toMatchObject({ code });
    expect(performance.now() - start).toBeLessThan(BOUND_MS + SLACK_MS);
  }

  const worksAgain = (store: Store): Promise<void> =>
    expect.poll(() => store.commit([row('again', 1)]).catch(() => false), { timeout: 30_000 }).toBe(true);

  it('dies and comes back: keeps what it acknowledged, rejects meanwhile, works again', async () => {
    await server.dispose();
    // With everysec, Redis puts off its writes while an fsync runs: 2 of 8 runs on a busy disk lost acknowledged commits.
    server = await startRedisServer('--appendonly', 'yes', '--appendfsync', 'always');
    const [writer, store] = [await open({ timeoutMs: 15_000 }), await open()];
    const acknowledged: string[] = [];
    let killed: Promise<void> | undefined;
    const committing = Array.from({ length: 8 }, async (_, lane) => {
      for (let i = 0; killed === undefined; i++) {
        const key = `${lane}-${i}`;
        if (!(await writer.commit([row(key, i), row(key, i, 'twin')]).catch(() => false))) return;
        if (acknowledged.push(key) === 400) killed = server.kill();
      }
    });
    await Promise.all(committing);
    await killed;
    expect(acknowledged.length).toBeGreaterThanOrEqual(400);

    await expectToRejectInTime(store.commit([row('lost', 1)]), 'SLUICE_STORE_WRITE');
    await expectToRejectInTime(store.get('log', 'lost'), 'SLUICE_STORE_READ');
    for (const key of ['lost1', 'lost2']) {
      store.append(row(key, 1));
      await expectToRejectInTime(store.flush(), 'SLUICE_STORE_WRITE');
    }
    expect(reports).toEqual([expect.objectContaining(writeFailure)]);

    await server.restart();
    await worksAgain(store);
    // With a bound of its own that no busy machine passes.
    const reader = await open({ timeoutMs: 15_000 });
    for (const key of acknowledged) expect(await reader.get('twin', key)).toBe(Number(key.split('-')[1]));
    await reader.remove('log', ['again']);
    // Of commits that were under way there is all or nothing; of what was rejected meanwhile, nothing.
    expect(await entriesOf(reader, 'log', {})).toEqual(await entriesOf(reader, 'twin', {}));
    expect(await reader.get('log', 'lost')).toBeUndefined();

    await server.kill();
    store.append(row('a second burst', 1));
    await expect(store.flush()).rejects.toMatchObject(writeFailure);
    expect(reports).toHaveLength(2);
  });

  it('is away for a moment: what is asked for then waits for it, in order', async () => {
    const [store, witness] = [await open({ timeoutMs: 15_000 }), await open()];
    await store.commit([row('a', 0)]);
    await server.kill();
    // What is sent before the connection is seen to be broken is lost: the same process sees it on both.
    await expectToRejectInTime(witness.get('log', 'a'), 'SLUICE_STORE_READ');
    store.append(row('a', 1));
    const seen = store.get('log', 'a');
    const taken = store.commit([row('a', 2)], { collection: 'log', key: 'a' });
    store.append(row('a', 3));
    const flushed = store.flush();
    await server.restart();
    expect(await seen).toBe(1);
    expect(await taken).toBe(false);
    await flushed;
    expect(await store.get('log', 'a')).toBe(3);
    expect(reports).toEqual([]);
  });

  it('hangs: rejects in time, and works again', async () => {
    const store = await open();
    server.signal('SIGSTOP');
    await Promise.all([
      expectToRejectInTime(store.commit([row('a', 1)]), 'SLUICE_STORE_WRITE'),
      expectToRejectInTime(store.remove('log', ['a']), 'SLUICE_STORE_WRITE'),
      expectToRejectInTime(entriesOf(store, 'log', {}), 'SLUICE_STORE_READ'),
    ]);
    // By now the connection has been given up, and the next one hangs too.
    await expectToRejectInTime(store.commit([row('b', 1)]), 'SLUICE_STORE_WRITE');
    server.signal('SIGCONT');
    await worksAgain(store);
  });

  it('is slow: waits within the bound, rejects beyond it', async () => {
    const [patient, hasty] = [await open({ timeoutMs: 15_000 }), await open()];
    await withClient(server.url, async (client) => {
      await client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
      const waiting = patient.commit([row('patient', 1)]);
      await expectToRejectInTime(hasty.commit([row('hasty', 1)]), 'SLUICE_STORE_WRITE');
      await client.call('CLIENT', 'UNPAUSE');
      expect(await waiting).toBe(true);
    });
    await worksAgain(hasty);
    // A rejected commit may have been done or not; asked for again it is there, once.
    await patient.commit([row('hasty', 1)], { collection: 'log', key: 'hasty' });
    expect(await patient.get('log', 'hasty')).toBe(1);
  });

  it('hangs for long: holds so much and no more, and tells it once', async () => {
    const store = await open({ timeoutMs: 60_000, maxWaitingBytes: 200_000 });
    server.signal('SIGSTOP');
    for (let i = 0; i < 100; i++) {
      store.append(row(`k${i}`, 'x'.repeat(10_000)));
      // Each in a script of its own.
      await Promise.resolve();
    }
    await expect(store.commit([row('a', 'x'.repeat(200_000))])).rejects.toMatchObject({
      ...writeFailure,
      message: expect.stringContaining('too much waits') as unknown,
    });
    expect(reports).toHaveLength(1);
    server.signal('SIGCONT');
    await expect.poll(async () => (await entriesOf(store, 'log', {})).length).toBeGreaterThan(10);
    expect((await entriesOf(store, 'log', {})).length).toBeLessThan(20);
    await store.flush();
  });

  it('becomes a replica in a failover: says so, and works on the next primary', async () => {
    const next = await startRedisServer();
    let primary = server;
    // One name for whoever is the primary, as a managed Redis has.
    const name = createServer((socket) => {
      const upstream = connect(Number(new URL(primary.url).port), '127.0.0.1');
      void pipeline(socket, upstream, socket).catch(() => undefined);
    }).listen(0, '127.0.0.1');
    await once(name, 'listening');
    try {
      const store = await open({ url: `redis://127.0.0.1:${(name.address() as AddressInfo).port}`, timeoutMs: 15_000 });
      await withClient(server.url, async (client) => client.replicaof('127.0.0.1', await freePort()));
      primary = next;
      await expect(store.commit([row('a', 1)])).rejects.toMatchObject({
        ...writeFailure,
        message: expect.stringContaining('READONLY') as unknown,
      });
      await worksAgain(store);
    } finally {
      name.close();
      await next.dispose();
    }
  });

  it('is dead: closes in time, tells what was lost, and is closed for good', async () => {
    const store = await open();
    await server.kill();
    store.append(row('lost', 1));
    const start = performance.now();
    await store.close();
    expect(performance.now() - start).toBeLessThan(BOUND_MS + SLACK_MS);
    expect(reports).toEqual([expect.objectContaining(writeFailure)]);
    await expect(store.get('log', 'a')).rejects.toMatchObject({ code: 'SLUICE_STORE_CLOSED' });
  });
});
