// The lane: whoever sends whatever in whatever pieces gets the answer that node:http alone would have given; and what a connection is held to.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Client } from '../types.ts';
import { openLane, type Lane, type LaneRequest } from './index.ts';

const BROKEN = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
const LATE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

function said(path: string | undefined, headers: object, body: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ path, headers, body: body.toString('latin1') }));
}

/** A server that says what it was asked, with `by: node`. */
async function nodeServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = said(request.url, request.headers, Buffer.concat(pieces));
      response.writeHead(200, ['by', 'node', 'content-length', String(body.length)]).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

interface Laned {
  readonly server: Server;
  /** Ms since the server began. */
  readonly pass: (ms: number) => void;
  readonly refused: string[];
  /** Heads that have come whole. */
  readonly heads: () => number;
}

/** The same with a lane in front, which says `by: lane`. */
async function lanedServer(serve: Lane['serve'] = echo, options: Partial<Lane> = {}): Promise<Laned> {
  const server = await nodeServer();
  const refused: string[] = [];
  let now = 0;
  let heads = 0;
  const limits = { paths: new Set(['/a', '/b']), mostBodyBytes: 1_000, arrivalMs: 60, idleMs: 120 };
  openLane(server, {
    ...limits,
    now: () => now,
    takes: ({ headers }) => ++heads > 0 && headers['x-not'] === undefined,
    serve,
    refuse: (why) => {
      refused.push(why);
      return why === 'late' ? LATE : BROKEN;
    },
    ...options,
  });
  return { server, pass: (ms) => (now += ms), refused, heads: () => heads };
}

function echo({ path, headers, body }: LaneRequest, client: Client): void {
  client.send(200, ['by', 'lane'], said(path, headers, body));
}

function call(server: Server): { socket: Socket; text: () => string; closed: Promise<string> } {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1').setNoDelay(true);
  socket.on('data', (piece: string) => (text += piece));
  socket.on('end', () => void socket.end());
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => void socket.on('close', () => resolve(text)));
  onTestFinished(() => void socket.destroy());
  return { socket, text: () => text, closed };
}

async function seen(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 1));
}

interface Answer {
  readonly status: string;
  readonly by: string | undefined;
  readonly body: string;
}

/** What a caller hears who sends these pieces and then nothing more. */
async function heard(server: Server, pieces: readonly Buffer[]): Promise<Answer[]> {
  const caller = call(server);
  for (const piece of pieces) await new Promise((resolve) => caller.socket.write(piece, resolve));
  caller.socket.end();
  return answersIn(await caller.closed);
}

function answersIn(text: string): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; at < text.length;) {
    const from = text.indexOf('\r\n\r\n', at) + 4;
    const head = text.slice(at, from);
    const length = Number(/^content-length: (\d+)/imu.exec(head)?.[1] ?? 0);
    answers.push({
      status: head.slice(0, 12),
      by: /^by: (\w+)/mu.exec(head)?.[1],
      body: text.slice(from, from + length),
    });
    // An empty refusal of node:http's own.
    at = from + length + (/^transfer-encoding/imu.test(head) ? '0\r\n\r\n'.length : 0);
  }
  return answers;
}

const what = ({ status, body }: Answer): Omit<Answer, 'by'> => ({ status, body });

function ask(path: string, headers: readonly string[], body: string): string {
  const lines = ['host: here', 'content-type: application/json', `content-length: ${body.length}`, ...headers];
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

const header = fc.constantFrom(
  'x-a: 1',
  'X-B:  two words ',
  'cookie: a=b',
  'x-a: 2',
  'connection: keep-alive',
  'x-not: 1',
);
const request = fc
  .tuple(fc.constantFrom('/a', '/a', '/b', '/c'), fc.array(header, { maxLength: 2 }), fc.string({ maxLength: 40 }))
  .map(([path, headers, body]) => ask(path, headers, body.replaceAll(/[^\x20-\x7e]/gu, '.')));
const change = fc.tuple(
  fc.nat(400),
  fc.nat(3),
  fc.constantFrom(
    '',
    '',
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    '\0',
    '\x7f',
    '\xe9',
    'x',
    ',',
    '0',
    'POST ',
    'a: b\r\n',
    'HTTP/1.0',
  ),
);
const cuts = fc.array(fc.nat(500), { maxLength: 3 });

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, i) => bytes.subarray(places[i], to));
}

describe('a lane', () => {
  it('answers what node:http would have answered, whatever is asked and however it is cut', async () => {
    const plain = await nodeServer();
    const { server } = await lanedServer();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 3 }),
        fc.array(change, { maxLength: 2 }),
        cuts,
        async (requests, changes, at) => {
          let text = requests.join('');
          for (const [place, removed, put] of changes) {
            const from = place % (text.length + 1);
            text = text.slice(0, from) + put + text.slice(from + removed);
          }
          const pieces = cut(Buffer.from(text, 'latin1'), at);
          const [alone, laned] = await Promise.all([heard(plain, pieces), heard(server, pieces)]);
          const [whole, all] = [alone.map(what), laned.map(what)];
          if (!isDeepStrictEqual(all, whole)) {
            // What is wrong behind a whole request can cost node:http the answer to that, if it has not begun, and costs the lane none.
            expect(whole.at(-1)?.status).toBe('HTTP/1.1 400');
            expect(all.pop()).toEqual(whole.pop());
            const common = Math.min(all.length, whole.length);
            expect(all.slice(0, common)).toEqual(whole.slice(0, common));
            for (const { status } of [...all, ...whole]) expect(status).toBe('HTTP/1.1 200');
          }
          taken += laned.filter(({ by }) => by === 'lane').length;
        },
      ),
      { numRuns: 600, seed: 20_261_126 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

/** Sends, and waits for so many answers in all. */
async function answers(caller: ReturnType<typeof call>, bytes: string, count: number): Promise<Answer[]> {
  caller.socket.write(bytes, 'latin1');
  await seen(() => answersIn(caller.text()).length >= count);
  return answersIn(caller.text());
}

describe('a connection', () => {
  it('stays in the lane until a request is not plain, and with node:http from then on', async () => {
    const { server } = await lanedServer();
    const caller = call(server);
    await answers(caller, ask('/a', [], 'one'), 1);
    await answers(caller, ask('/b', [], 'two'), 2);
    await answers(caller, ask('/a', ['x-not: 1'], 'three'), 3);
    const all = await answers(caller, ask('/a', [], 'four'), 4);
    expect(all.map(({ by }) => by)).toEqual(['lane', 'lane', 'node', 'node']);
    expect(all.map(({ body }) => JSON.parse(body).body)).toEqual(['one', 'two', 'three', 'four']);
  });

  it.each<[string, string]>([
    ['two headers of a name', ask('/a', ['x: 1', 'x: 2'], '')],
    ['chunks', `POST /a HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a query', ask('/a?b', [], '')],
    ['a body that is too large', ask('/a', [], 'x'.repeat(1_001))],
    ['another type', ask('/a', [], '').replace('application/json', 'text/plain')],
    ['no type', ask('/a', [], '').replace('content-type: application/json\r\n', '')],
    ['a wish to upgrade', ask('/a', ['connection: upgrade', 'upgrade: x'], '')],
    ['packed bytes', ask('/a', ['content-encoding: gzip'], '')],
    ['HTTP/1.0', ask('/a', ['connection: keep-alive'], '').replace('HTTP/1.1', 'HTTP/1.0')],
    ['GET', ask('/a', [], '').replace('POST', 'GET')],
    ['a head of 17 KiB', ask('/a', [`x: ${'y'.repeat(9_000)}`, `z: ${'y'.repeat(9_000)}`], '')],
  ])('with %s is node:http’s', async (_what, text) => {
    const { server } = await lanedServer();
    const [answer] = await answers(call(server), text, 1);
    expect(answer?.by).not.toBe('lane');
  });

  it('ends with a request that is the last, whatever stands behind it', async () => {
    const { server } = await lanedServer();
    const caller = call(server);
    caller.socket.write(ask('/a', ['connection: close'], 'one') + ask('/a', [], 'two'));
    const text = await caller.closed;
    expect(answersIn(text).map(({ body }) => JSON.parse(body).body)).toEqual(['one']);
    expect(text).toMatch(/^connection: close\r$/mu);
  });

  it('is read from no further while much of other requests lies there, and answers all of them in the end', async () => {
    const clients: Client[] = [];
    const { server } = await lanedServer((_request, client) => clients.push(client), { mostBodyBytes: 100_000 });
    const caller = call(server);
    const large = ask('/a', [], 'x'.repeat(100_000));
    const count = 100;
    caller.socket.write(large.repeat(count));
    await seen(() => clients.length === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    // Of ten megabytes what the system's buffers hold has left here, and no more.
    expect(caller.socket.writableLength).toBeGreaterThan(0);
    for (let n = 0; n < count; n++) {
      await seen(() => clients.length > n);
      clients[n]?.send(200, [], Buffer.from(String(n)));
    }
    await seen(() => answersIn(caller.text()).length === count);
    expect(answersIn(caller.text()).map(({ body }) => Number(body))).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
  });

  it.each<[string, string, number, string[], string]>([
    ['whose request does not come whole in time is refused', ask('/a', [], '12345').slice(0, -1), 61, ['late'], LATE],
    ['that says nothing from the beginning is closed', '', 61, [], ''],
    ['that has been served and is silent for long is closed', ask('/a', [], ''), 121, [], 'by: lane'],
  ])('%s', async (_what, text, ms, told, said) => {
    const { server, pass, refused, heads } = await lanedServer();
    const caller = call(server);
    caller.socket.write(text);
    if (text === '') await once(server, 'connection');
    else await seen(() => heads() === 1 && (said !== 'by: lane' || caller.text() !== ''));
    pass(ms);
    expect(await caller.closed).toContain(said);
    expect(refused).toEqual(told);
  });

  it('that is broken off in the middle of a request is told so', async () => {
    const { server, refused } = await lanedServer();
    const caller = call(server);
    caller.socket.end(ask('/a', [], '12345').slice(0, -1));
    expect(await caller.closed).toBe(BROKEN);
    expect(refused).toEqual(['broken']);
  });
});

describe('an answer', () => {
  /** A caller whose request waits for what the test does with the client. */
  async function asked(): Promise<{
    client: Client;
    caller: ReturnType<typeof call>;
    clients: Client[];
    server: Server;
  }> {
    const clients: Client[] = [];
    const { server } = await lanedServer((_request, client) => clients.push(client));
    const caller = call(server);
    caller.socket.write(ask('/a', [], ''));
    await seen(() => clients.length === 1);
    const [client] = clients;
    if (client === undefined) throw new Error('nobody asked');
    return { client, caller, clients, server };
  }

  it('in pieces goes out in chunks, its head with the first', async () => {
    const { client, caller } = await asked();
    client.begin(200, ['x-list', ['a', 'b']]);
    expect(caller.text()).toBe('');
    client.write(Buffer.from('data: 1\n\n'));
    client.write(Buffer.alloc(0));
    client.write('é');
    client.end();
    await seen(() => caller.text().endsWith('0\r\n\r\n'));
    expect(caller.text()).toMatch(/x-list: a\r\nx-list: b\r\n/u);
    expect(caller.text()).toMatch(/\r\n\r\n9\r\ndata: 1\n\n\r\n2\r\n\xc3\xa9\r\n0\r\n\r\n$/u);
  });

  it('that has been given does not meet the next request', async () => {
    const { client, caller, clients } = await asked();
    client.send(200, [], Buffer.from('one'));
    client.send(200, [], Buffer.from('again'));
    caller.socket.write(ask('/a', [], ''));
    await seen(() => clients.length === 2);
    client.write('late');
    client.end();
    clients[1]?.send(200, [], Buffer.from('two'));
    await seen(() => answersIn(caller.text()).length === 2);
    expect(answersIn(caller.text()).map(({ body }) => body)).toEqual(['one', 'two']);
  });

  it.each(['destroy', 'resetAndDestroy', 'end'] as const)('is nobody’s when the caller has left (%s)', async (how) => {
    const { client, caller } = await asked();
    const heardOf: string[] = [];
    client.onGone(() => heardOf.push('first'));
    client.onGone(() => heardOf.push('second'));
    caller.socket[how]();
    await seen(() => client.gone);
    client.onGone(() => heardOf.push('third'));
    client.begin(200, []);
    client.write('x');
    client.end();
    expect(heardOf).toEqual(['second', 'third']);
  });

  it('waits for a caller that does not read', async () => {
    const { client, caller } = await asked();
    caller.socket.pause();
    client.begin(200, []);
    let drained = false;
    client.onDrain(() => (drained = true));
    const piece = Buffer.alloc(1 << 20, 'x');
    let written = 0;
    while (client.write(piece)) written++;
    expect([written < 100, drained]).toEqual([true, false]);
    caller.socket.resume();
    await seen(() => drained);
    client.end();
  });

  it('that has begun and fails ends with the connection; before, it is an envelope', async () => {
    const { gatewayErrors } = await import('../errors.ts');
    const begun = await asked();
    begun.client.begin(200, []);
    begun.client.write('half');
    begun.client.fail(gatewayErrors.internal(), []);
    expect(await begun.caller.closed).toMatch(/\r\n\r\n(?:4\r\nhalf\r\n)?$|^$/u);
    const early = await asked();
    early.client.fail(gatewayErrors.internal(), ['x-a', '1']);
    await seen(() => early.caller.text().includes('SLUICE_GATEWAY_INTERNAL'));
    expect(early.caller.text()).toMatch(/^HTTP\/1.1 500 Internal Server Error\r\nx-a: 1\r\n/u);
  });

  it('has no header that would begin another line', async () => {
    const { client } = await asked();
    expect(() => client.send(200, ['x', 'a\r\nset-cookie: b'], Buffer.alloc(0))).toThrow(TypeError);
    expect(() => client.begin(200, ['x', ['a', 'b\n']])).toThrow(TypeError);
  });

  it('is waited for when the server closes, and is the last; who waits for nothing is let go', async () => {
    const { client, caller, server } = await asked();
    const idle = call(server);
    await once(server, 'connection');
    const closed = once(server, 'close');
    server.close();
    await idle.closed;
    client.send(200, [], Buffer.from('whole'));
    expect(await caller.closed).toMatch(/connection: close\r\n[^]*whole$/u);
    await closed;
  });

  it('is cut off with all connections', async () => {
    const { client, caller, server } = await asked();
    client.begin(200, []);
    client.write('half');
    server.closeAllConnections();
    await caller.closed;
    await seen(() => client.gone);
  });
});
