// What only the shared home promises: replicas that race, and what cannot be had from Redis said with a code.
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startRedisServer, whyNoRedisServer, withClient, type RedisServer } from './fixtures/redis-server.ts';
import { entriesOf } from './contract-model.ts';
import { openRedisStore, type RedisStoreOptions } from './redis-store.ts';
import type { Store } from './store.ts';

const why = whyNoRedisServer();
if (why !== undefined) process.stderr.write(`redis-store.test.ts is SKIPPED: ${why}\n`);

const PASSWORD = 'hunter2';
const secured = ['--requirepass', PASSWORD] as const;
const opened: Store[] = [];
const servers: RedisServer[] = [];
const listeners: Server[] = [];

async function open(url: string, options: Partial<RedisStoreOptions> = {}): Promise<Store> {
  const store = await openRedisStore({ url, prefix: randomUUID(), onWarning: () => undefined, ...options });
  opened.push(store);
  return store;
}

async function startServer(...settings: string[]): Promise<RedisServer> {
  const server = await startRedisServer(...settings);
  servers.push(server);
  return server;
}

async function listen(server: Server): Promise<string> {
  listeners.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await Promise.all(servers.splice(0).map((server) => server.dispose()));
  for (const listener of listeners.splice(0)) listener.close();
});

const row = (key: string, value: unknown, collection = 'log') => ({ collection, key, value });

async function refusalOf(url: string, options: Partial<RedisStoreOptions> = {}): Promise<unknown> {
  return open(url, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.skipIf(why !== undefined)('Redis store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    // Without the delay, in which it waits for more replicas than one.
    server = await startRedisServer('--repl-diskless-sync-delay', '0');
  });
  afterAll(() => server.dispose());

  describe('replicas', () => {
    it('lets exactly one of 100 commits from two replicas have a key', async () => {
      const prefix = randomUUID();
      const replicas = await Promise.all([open(server.url, { prefix }), open(server.url, { prefix })]);
      const unlessExists = { collection: 'ids', key: 'k' };
      const results = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const replica = replicas[i % 2];
          return replica?.commit([row('k', i, 'ids'), row(`row${i}`, i)], unlessExists);
        }),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      const winner = results.indexOf(true);
      for (const replica of replicas) {
        expect(await replica.get('ids', 'k')).toBe(winner);
        expect(await entriesOf(replica, 'log', {})).toEqual([[`row${winner}`, winner]]);
      }
    });

    it('shows one replica what the other has committed, appended and removed', async () => {
      const prefix = randomUUID();
      const [one, other] = await Promise.all([open(server.url, { prefix }), open(server.url, { prefix })]);
      await one.commit([row('a', { from: 'one' }), row('b', 2)]);
      one.append(row('c', 3));
      await one.flush();
      expect(await other.get('log', 'a')).toEqual({ from: 'one' });
      await other.remove('log', ['b']);
      expect((await entriesOf(one, 'log', {})).map(([key]) => key)).toEqual(['a', 'c']);
    });

    it('reads from a replica of Redis, and writes nothing, when it is opened so', async () => {
      const prefix = randomUUID();
      const primary = await open(server.url, { prefix });
      await primary.commit([row('a', 1)]);
      const replica = await startServer('--replicaof', '127.0.0.1', new URL(server.url).port);
      const reader = await open(replica.url, { prefix, readOnly: true });
      await expect.poll(() => reader.get('log', 'a')).toBe(1);
      expect(await entriesOf(reader, 'log', {})).toEqual([['a', 1]]);
      const readOnly = { code: 'SLUICE_STORE_READ_ONLY' };
      expect(() => reader.append(row('b', 1))).toThrow(expect.objectContaining(readOnly));
      await expect(reader.commit([])).rejects.toMatchObject(readOnly);
      await expect(reader.remove('log', ['a'])).rejects.toMatchObject(readOnly);
    });

    it('keeps deployments with other prefixes apart', async () => {
      const [one, other] = await Promise.all([open(server.url), open(server.url)]);
      await one.commit([row('a', 1)]);
      expect(await other.get('log', 'a')).toBeUndefined();
      expect(await entriesOf(other, 'log', {})).toEqual([]);
    });

    it('keeps a commit to several collections in one slot of a cluster', async () => {
      const cluster = await startServer('--cluster-enabled', 'yes');
      await withClient(cluster.url, async (client) => {
        await client.cluster('ADDSLOTSRANGE', 0, 16383);
        await expect.poll(() => client.cluster('INFO')).toContain('cluster_state:ok');
      });
      const store = await open(cluster.url);
      expect(await store.commit([row('a', 1, 'x'), row('b', 2, 'y')], { collection: 'z', key: 'k' })).toBe(true);
      expect(await store.get('y', 'b')).toBe(2);
    });
  });

  describe('a refused write', () => {
    it('says why, stores nothing, and holds neither rows nor password', async () => {
      const own = await startServer(...secured);
      const url = own.url.replace('//', `//:${PASSWORD}@`);
      const reports: unknown[] = [];
      const store = await open(url, { onWriteError: (error) => reports.push(error) });
      await withClient(url, (client) => client.config('SET', 'maxmemory', '1'));
      const error = await store
        .commit([row('a', 'secret row', 'x'), row('a', 'secret row', 'y')])
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'SLUICE_STORE_WRITE' });
      store.append(row('b', 'secret row'));
      store.append(row('c', 'secret row'));
      await expect(store.flush()).rejects.toMatchObject({ code: 'SLUICE_STORE_WRITE' });
      store.append(row('d', 'secret row'));
      await expect(store.flush()).rejects.toMatchObject({ code: 'SLUICE_STORE_WRITE' });
      expect(reports).toHaveLength(1);
      const said = inspect([error, reports], { depth: Infinity, showHidden: true });
      expect(said).toContain('OOM');
      expect(said).not.toContain('secret row');
      // ioredis would hang the rows there, as Buffers.
      expect(Object.keys((error as Error).cause ?? {})).toEqual([]);
      expect(said).not.toContain(PASSWORD);
      await withClient(url, (client) => client.config('SET', 'maxmemory', '0'));
      expect(await store.get('x', 'a')).toBeUndefined();
      expect(await store.commit([row('a', 1, 'x')], { collection: 'y', key: 'a' })).toBe(true);
    });

    it('leaves nothing behind when the second collection cannot be written', async () => {
      const prefix = randomUUID();
      const store = await open(server.url, { prefix });
      await withClient(server.url, (client) => client.set(`{${prefix}}:keys:y`, 'of somebody else'));
      await expect(store.commit([row('a', 1, 'x'), row('a', 1, 'y')])).rejects.toMatchObject({
        code: 'SLUICE_STORE_WRITE',
        message: expect.stringContaining('WRONGTYPE') as unknown,
      });
      expect(await store.get('x', 'a')).toBeUndefined();
      expect(await entriesOf(store, 'x', {})).toEqual([]);
    });

    it('does not pass over a row that somebody else has taken out', async () => {
      const prefix = randomUUID();
      const store = await open(server.url, { prefix });
      await store.commit([row('a', 1), row('b', 2)]);
      await withClient(server.url, (client) => client.hdel(`{${prefix}}:rows:log`, 'a'));
      await expect(entriesOf(store, 'log', {})).rejects.toMatchObject({ code: 'SLUICE_STORE_READ' });
    });

    it('goes on when Redis has forgotten its scripts', async () => {
      const store = await open(server.url);
      await store.commit([row('a', 1)]);
      await withClient(server.url, (client) => client.script('FLUSH'));
      expect(await store.commit([row('b', 2)])).toBe(true);
      expect(await entriesOf(store, 'log', {})).toHaveLength(2);
    });
  });

  describe('opening', () => {
    it.each<[string, () => Promise<string>, string]>([
      ['nobody listens', async () => `127.0.0.1:${await freePort()}`, 'ECONNREFUSED'],
      ['the password is wrong', () => serverWith('--requirepass', 'another'), 'WRONGPASS'],
      ['an HTTP server listens', () => listen(createHttpServer()), 'not Redis'],
      ['the database is not there', async () => `${await serverWith(...secured)}/99`, 'DB index is out of range'],
      ['a server hangs up', () => listen(createServer((socket) => socket.destroy())), ''],
      ['a server repeats what it hears', () => listen(createServer((socket) => void socket.pipe(socket))), ''],
      ['a server says nothing', () => listen(createServer((socket) => void socket.resume())), 'nothing answers'],
      [
        'Redis evicts',
        () => serverWith(...secured, '--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'),
        'allkeys-lru',
      ],
      [
        'Redis is a replica',
        async () => serverWith(...secured, '--replicaof', '127.0.0.1', String(await freePort())),
        'replica',
      ],
      [
        'Redis forbids scripts',
        () => serverWith('--user', 'default', 'on', `>${PASSWORD}`, '~*', '+@all', '-@scripting'),
        'NOPERM',
      ],
      ['a cluster holds its slot elsewhere', () => serverWith(...secured, '--cluster-enabled', 'yes'), 'CLUSTERDOWN'],
    ])('names host and port but no password when %s', async (_name, prepare, reason) => {
      const address = await prepare();
      // Of a server that says what is wrong there is no hurry; only the others are waited for in vain.
      const says = !['', 'nothing answers', 'ECONNREFUSED'].includes(reason);
      const error = await refusalOf(`redis://:${PASSWORD}@${address}`, { timeoutMs: says ? 20_000 : 500 });
      expect(error).toMatchObject({ code: 'SLUICE_STORE_OPEN' });
      expect(String(error)).toContain(`cannot open the store in Redis at ${address.split('/')[0]}: `);
      expect(String(error)).toContain(reason);
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(PASSWORD);
    });

    async function serverWith(...settings: string[]): Promise<string> {
      const { url } = await startServer(...settings);
      return new URL(url).host;
    }

    it('says that a password is missing', async () => {
      const host = await serverWith(...secured);
      expect(String(await refusalOf(`redis://${host}`))).toContain('NOAUTH');
    });

    it.each(['', 'a{b}', 'x'.repeat(65)])('refuses the prefix "%s"', async (prefix) => {
      expect(await refusalOf(server.url, { prefix })).toMatchObject({ code: 'SLUICE_STORE_OPEN' });
    });

    it('warns of a Redis that keeps nothing, and not of one with an append-only file', async () => {
      const warnings: string[] = [];
      const onWarning = (message: string): void => void warnings.push(message);
      const durable = await startServer('--appendonly', 'yes');
      await open(durable.url, { onWarning });
      expect(warnings).toEqual([]);
      await open(server.url, { onWarning });
      expect(warnings).toEqual([expect.stringContaining('appendonly is off')]);
    });
  });
});
