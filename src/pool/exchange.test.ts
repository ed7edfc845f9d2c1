// What servers do on the wire, and what becomes of it: answers, odd answers, and every way of breaking off.
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { SluiceError } from '../base/index.ts';
import { endpointConfig, leaseOf, poolConfig, startPools, type Started } from './fixtures/pools.ts';
import { rawServer, read, requestOf, type RawServer } from './fixtures/raw-server.ts';
import type { Credentials, Exchange, Lease, UpstreamRequest } from './types.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

interface Asked extends Started {
  readonly server: RawServer;
  readonly exchange: Exchange;
  readonly lease: Lease;
}

function pool(url: string, credentials: Credentials = { kind: 'callers' }): Started {
  return startPools([poolConfig('a', [endpointConfig('e0', { url, credentials })])]);
}

async function ask(
  answer: string | ((socket: Socket, n: number) => void),
  change: Partial<UpstreamRequest> = {},
): Promise<Asked> {
  const server = await rawServer(typeof answer === 'string' ? (socket) => void socket.write(answer, 'latin1') : answer);
  const started = pool(server.url);
  const lease = leaseOf(started.pools);
  return { ...started, server, lease, exchange: lease.dispatch(requestOf(change)) };
}

async function failureOf(exchange: Exchange): Promise<SluiceError> {
  return exchange.head.then(
    () => {
      throw new Error('there is an answer');
    },
    (error: SluiceError) => error,
  );
}

describe('a request', () => {
  it('goes to the endpoint’s base path as it is', async () => {
    const { server, exchange } = await ask('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    expect((await exchange.head).status).toBe(200);
    expect(await read(exchange).done).toBe('end');
    expect(server.heard[0]).toMatch(/^POST \/v1\/chat\/completions HTTP\/1\.1\r\n/);
    expect(server.heard[0]).toContain('content-type: application/json\r\n');
    expect(server.heard[0]).toMatch(/\r\n\r\n\{"x":1\}$/);
  });

  it.each<[string, Credentials, string | undefined]>([
    ['its own key, not the caller’s', { kind: 'own', key: 'sk-own' }, 'Bearer sk-own'],
    ['the caller’s key, having none', { kind: 'callers' }, 'Bearer caller'],
  ])('carries %s', async (_what, credentials, expected) => {
    const server = await rawServer((socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    // The caller's key is left out by whoever asks an endpoint with a key of its own.
    const headers = credentials.kind === 'own' ? [] : ['authorization', 'Bearer caller'];
    const exchange = leaseOf(pool(server.url, credentials).pools).dispatch(requestOf({ headers }));
    expect((await exchange.head).status).toBe(204);
    expect(/authorization: (.*)\r\n/.exec(server.heard[0] ?? '')?.[1]).toBe(expected);
  });

  it('uses a connection again', async () => {
    const server = await rawServer((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    const { pools } = pool(server.url);
    for (let i = 0; i < 3; i++) {
      const exchange = leaseOf(pools).dispatch(requestOf());
      await exchange.head;
      expect(await read(exchange).done).toBe('end');
    }
    expect(server.sockets).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each<[string, string, number, string]>([
    ['in one piece', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['in chunks', `${CHUNKED}${chunk('a')}${chunk('b')}0\r\n\r\n`, 200, 'ab'],
    ['with trailers', `${CHUNKED}${chunk('a')}0\r\nx-checksum: 1\r\n\r\n`, 200, 'a'],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    [
      'after early hints',
      `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`,
      200,
      'ok',
    ],
    [
      'after a continue that nobody asked for',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`,
      200,
      'ok',
    ],
    [
      'that redirects is not followed',
      'HTTP/1.1 307 Temporary Redirect\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n',
      307,
      '',
    ],
    ['longer than it says ends where it says', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more', 200, 'ok'],
  ])('%s comes whole', async (_what, bytes, status, text) => {
    const { exchange } = await ask(bytes);
    expect((await exchange.head).status).toBe(status);
    const reading = read(exchange);
    expect([await reading.done, reading.text]).toEqual(['end', text]);
  });

  it('that ends with its connection comes whole', async () => {
    const { exchange } = await ask((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    await exchange.head;
    const reading = read(exchange);
    expect([await reading.done, reading.text]).toEqual(['end', 'all of it']);
  });

  it('that is packed unasked passes as it is, and says so', async () => {
    const { exchange } = await ask(
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08',
    );
    expect((await exchange.head).headers).toMatchObject({ 'content-encoding': 'gzip' });
    const reading = read(exchange);
    await reading.done;
    expect(reading.text).toBe('\x1f\x8b\x08');
  });

  it('that nobody consumes yet is held, at most so much of it, and then handed over whole', async () => {
    const size = 8 * 1024 * 1024;
    let sent = 0;
    // Each block says where it belongs.
    const block = (at: number): string => String(at).padStart(65_536, '-');
    const { exchange } = await ask((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${size}\r\n\r\n`);
      const more = (): void => {
        while (sent < size) {
          sent += 65_536;
          if (!socket.write(block(sent))) return void socket.once('drain', more);
        }
      };
      more();
    });
    await exchange.head;
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    const before = sent;
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(size);
    const reading = read(exchange);
    expect(await reading.done).toBe('end');
    const whole = Array.from({ length: size / 65_536 }, (_, i) => block((i + 1) * 65_536)).join('');
    expect(reading.text === whole).toBe(true);
  });
});

describe('a server that', () => {
  it.each<[string, (socket: Socket) => void, string]>([
    ['hangs up', (s) => s.destroy(), 'SLUICE_POOL_CLOSED'],
    ['resets the connection', (s) => s.resetAndDestroy(), 'SLUICE_POOL_CLOSED'],
    ['closes its half without a word', (s) => void s.end(), 'SLUICE_POOL_CLOSED'],
    ['closes its half in the middle of the head', (s) => void s.end('HTTP/1.1 200 OK\r\nx'), 'SLUICE_POOL_CLOSED'],
    [
      'sends less than it says',
      (s) => void s.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"choi'),
      'SLUICE_POOL_CLOSED',
    ],
    [
      'sends more than anybody answers',
      (s) => void s.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(64 * 1024 * 1024 + 1)}`),
      'SLUICE_POOL_TOO_LARGE',
    ],
    ['speaks no HTTP', (s) => void s.write('SSH-2.0-OpenSSH_9.6\r\n'), 'SLUICE_POOL_PROTOCOL'],
    ['greets in TLS', (s) => void s.write(Buffer.from([21, 3, 1, 0, 2, 2, 70])), 'SLUICE_POOL_PROTOCOL'],
    [
      'says two lengths',
      (s) => void s.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'),
      'SLUICE_POOL_PROTOCOL',
    ],
    [
      'sends headers without end',
      (s) => void s.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`),
      'SLUICE_POOL_PROTOCOL',
    ],
    [
      'changes the protocol',
      (s) => void s.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
      'SLUICE_POOL_PROTOCOL',
    ],
  ])('%s has failed', async (_what, answer, code) => {
    const { exchange } = await ask(answer);
    expect((await failureOf(exchange)).code).toBe(code);
    // Whoever asks later hears the same.
    expect((await failureOf(exchange)).code).toBe(code);
  });

  it.each<[string, (socket: Socket) => void, string]>([
    [
      'dies in the middle of a stream',
      (s) => void s.write(CHUNKED + chunk('data'), () => s.destroy()),
      'SLUICE_POOL_CLOSED',
    ],
    ['closes its half in the middle of a stream', (s) => void s.end(CHUNKED + chunk('data')), 'SLUICE_POOL_CLOSED'],
    ['breaks its chunks', (s) => void s.write(`${CHUNKED}${chunk('data')}zz\r\n`), 'SLUICE_POOL_PROTOCOL'],
  ])('%s has broken off', async (_what, answer, code) => {
    const { exchange } = await ask(answer);
    expect((await exchange.head).status).toBe(200);
    const reading = read(exchange);
    expect(await reading.done).toBe(code);
    expect(reading.error?.cause).toBeInstanceOf(Error);
  });

  it('has closed an idle connection just when it is used is asked again over a new one, once', async () => {
    const server = await rawServer((socket, n) => {
      if (n === 2 || n > 3) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    const { pools } = pool(server.url);
    for (let n = 1; n <= 2; n++) {
      const exchange = leaseOf(pools).dispatch(requestOf());
      expect((await exchange.head).body?.toString()).toBe('ok');
    }
    expect(server.sockets).toHaveLength(2);
    // And a server that hangs up on both has failed.
    expect((await failureOf(leaseOf(pools).dispatch(requestOf()))).code).toBe('SLUICE_POOL_CLOSED');
    expect(server.sockets).toHaveLength(3);
  });

  it('is not there is unreachable', async () => {
    const { url } = await rawServer();
    const dead = new URL(url);
    // Nothing listens on port 1 of the loopback.
    dead.port = '1';
    const exchange = leaseOf(pool(dead.href).pools).dispatch(requestOf());
    expect((await failureOf(exchange)).code).toBe('SLUICE_POOL_UNREACHABLE');
  });

  it('is given a header that cannot be sent fails this request alone', async () => {
    const { exchange } = await ask('', { headers: ['x-bad', 'a\nb'] });
    expect((await failureOf(exchange)).code).toBe('SLUICE_POOL_CLOSED');
  });
});

describe('a limit', () => {
  it.each([
    ['headers alone are no answer', CHUNKED],
    ['nor is silence', ''],
  ])('on the first byte: %s', async (_what, said) => {
    const { exchange, clock, pending, server } = await ask(said);
    const socket = await server.request(1);
    let failed = false;
    const failure = failureOf(exchange).finally(() => (failed = true));
    clock.advance(9_950);
    await new Promise(setImmediate);
    expect(failed).toBe(false);
    clock.advance(150);
    const { code, message } = await failure;
    expect([code, message]).toEqual(['SLUICE_POOL_FIRST_BYTE_TIMEOUT', expect.stringContaining('within 10000 ms')]);
    clock.advance(100);
    expect(pending()).toBe(0);
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  });

  it('on the gap between two pieces starts anew with each', async () => {
    const { exchange, clock, server } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const reading = read(exchange);
    const socket = await server.request(1);
    for (let at = 1; at <= 5; at++) {
      await reading.atLeast(at);
      clock.advance(4_900);
      expect(reading.error).toBeUndefined();
      socket.write(chunk('+'));
    }
    await reading.atLeast(6);
    clock.advance(5_100);
    expect(reading.error?.code).toBe('SLUICE_POOL_STALLED');
    expect(reading.error?.message).toContain('nothing for 5000 ms');
  });

  it('on the gap does not count while the consumer has paused', async () => {
    const { exchange, clock } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const reading = read(exchange);
    await reading.atLeast(1);
    exchange.pause();
    clock.advance(30_000);
    expect(reading.error).toBeUndefined();
    exchange.resume();
    clock.advance(4_900);
    expect(reading.error).toBeUndefined();
    clock.advance(200);
    expect(reading.error?.code).toBe('SLUICE_POOL_STALLED');
  });

  it('on the whole ends an answer that goes on and on', async () => {
    const { exchange, clock, server } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const reading = read(exchange);
    const socket = await server.request(1);
    for (let at = 1; at < 15; at++) {
      await reading.atLeast(at);
      clock.advance(4_000);
      expect(reading.error).toBeUndefined();
      socket.write(chunk('+'));
    }
    await reading.atLeast(15);
    clock.advance(4_100);
    expect(reading.error?.code).toBe('SLUICE_POOL_TOTAL_TIMEOUT');
    expect(reading.error?.message).toContain('within 60000 ms');
  });

  it('of Infinity never passes, and the ticker stops when all is over', async () => {
    const never = { ttftMs: Infinity, itlMs: Infinity, totalMs: Infinity };
    const { exchange, clock, server, pending } = await ask(CHUNKED, { timeouts: never });
    const socket = await server.request(1);
    clock.advance(10_000_000);
    socket.write(`${chunk('1')}0\r\n\r\n`);
    await exchange.head;
    expect(await read(exchange).done).toBe('end');
    expect(pending()).toBe(1);
    clock.advance(50);
    expect(pending()).toBe(0);
  });

  it('on connecting is the pool’s, also when a new plan changes it under a connection pool that stays', async () => {
    // TEST-NET-1: packets go nowhere, or the network says at once that it is unreachable.
    const far = (connectTimeoutMs: number) =>
      poolConfig('a', [endpointConfig('e0', { url: 'http://192.0.2.1:9/v1' })], { connectTimeoutMs });
    const { pools } = startPools([far(60_000)]);
    pools.reconcile([far(50)]);
    const error = await failureOf(leaseOf(pools).dispatch(requestOf()));
    expect(['SLUICE_POOL_CONNECT_TIMEOUT', 'SLUICE_POOL_UNREACHABLE']).toContain(error.code);
    if (error.code === 'SLUICE_POOL_CONNECT_TIMEOUT') expect(error.message).toContain('within 50 ms');
  });
});

describe('an error’s body', () => {
  const ERROR = 'HTTP/1.1 400 Bad Request\r\ncontent-length: 300000\r\n\r\n';

  it('comes in one piece where it is collected, also what had been held until the socket was paused', async () => {
    const { exchange } = await ask(`${ERROR}${'x'.repeat(300_000)}`);
    expect((await exchange.head).body).toBeUndefined();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect((await exchange.collect()).toString()).toBe('x'.repeat(300_000));
  });

  it('that is cut off, too large or given up is none', async () => {
    const cut = await ask((socket) => void socket.end(`${ERROR}half`));
    await cut.exchange.head;
    await expect(cut.exchange.collect()).rejects.toMatchObject({ code: 'SLUICE_POOL_CLOSED' });
    const large = await ask(`HTTP/1.1 500 X\r\n\r\n${'x'.repeat(64 * 1024 * 1024 + 1)}`);
    await large.exchange.head;
    await expect(large.exchange.collect()).rejects.toMatchObject({ code: 'SLUICE_POOL_TOO_LARGE' });
    const left = await ask(ERROR);
    await left.exchange.head;
    const collected = left.exchange.collect();
    left.exchange.abort();
    await expect(collected).rejects.toMatchObject({ code: 'SLUICE_POOL_CLOSED' });
  });
});

describe('an exchange that is given up', () => {
  it('before its head rejects it and releases the server', async () => {
    const { exchange, server } = await ask(() => undefined);
    const failed = failureOf(exchange);
    const socket = await server.request(1);
    exchange.abort();
    expect((await failed).code).toBe('SLUICE_POOL_CLOSED');
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('in the middle says nothing more, not even that it has ended', async () => {
    const { exchange, server, clock, pending } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const reading = read(exchange);
    await reading.atLeast(1);
    exchange.abort();
    exchange.abort();
    const socket = await server.request(1);
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    clock.advance(100_000);
    expect([reading.ended, reading.error, pending()]).toEqual([false, undefined, 0]);
  });

  it('from within its own data, as it comes, is given up all the same', async () => {
    const { exchange, server, pending, clock } = await ask(CHUNKED + chunk('0'));
    await exchange.head;
    let pieces = 0;
    const reading = read(exchange, () => {
      if (++pieces === 2) exchange.abort();
    });
    const socket = await server.request(1);
    socket.write(`${chunk('1')}${chunk('2')}0\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    clock.advance(50);
    expect([reading.text, reading.ended, reading.error, pending()]).toEqual(['012', false, undefined, 0]);
  });

  it('from within its own data, when that had been held, gets no further pieces', async () => {
    const { exchange, server } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const socket = await server.request(1);
    await new Promise<void>((resolve) => socket.write(`${chunk('2')}0\r\n\r\n`, () => resolve()));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    const reading = read(exchange, () => exchange.abort());
    await new Promise(setImmediate);
    expect([reading.text.length, reading.ended]).toEqual([1, false]);
  });
});

describe('the probe of an ejected endpoint', () => {
  it.each([
    [400, 'healthy'],
    [401, 'healthy'],
    [429, 'healthy'],
    [200, 'ejected'],
    [500, 'ejected'],
  ])('that hears %i and no verdict leaves it %s', async (status, state) => {
    const server = await rawServer((socket) => void socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`));
    const { pools, clock } = pool(server.url);
    for (let i = 0; i < 3; i++) leaseOf(pools).failed('x');
    clock.advance(2_000);
    const lease = leaseOf(pools);
    await lease.dispatch(requestOf()).head;
    lease[Symbol.dispose]();
    expect(pools.endpoints()[0]?.state).toBe(state);
  });
});

describe('an endpoint that leaves the plan', () => {
  it('serves the leases that are held, and then closes its connections', async () => {
    const { server, exchange, lease, pools } = await ask(CHUNKED + chunk('1'));
    await exchange.head;
    const later = leaseOf(pools);
    pools.reconcile([]);
    const reading = read(exchange);
    const socket = await server.request(1);
    socket.write(`${chunk('2')}0\r\n\r\n`);
    expect([await reading.done, reading.text]).toEqual(['end', '12']);
    lease[Symbol.dispose]();
    const other = later.dispatch(requestOf());
    expect((await other.head).status).toBe(200);
    const last = await server.request(2);
    last.write('0\r\n\r\n');
    expect(await read(other).done).toBe('end');
    later[Symbol.dispose]();
    for (const closing of server.sockets)
      if (!closing.destroyed) await new Promise((resolve) => closing.once('close', resolve));
  });
});
