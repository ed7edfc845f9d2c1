// Which connection a request goes over, and what becomes of connections.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { manualClock } from '../../base/index.ts';
import { rawServer } from '../fixtures/raw-server.ts';
import { Http1Client } from './client.ts';
import type { Listener } from './types.ts';
import type { WireError } from './wire-error.ts';

const answerOf = (headers = ''): string => `HTTP/1.1 200 OK\r\n${headers}content-length: 2\r\n\r\nok`;

async function start(answer: (socket: Socket, n: number) => void = (socket) => void socket.write(answerOf())) {
  const server = await rawServer(answer);
  const clock = manualClock();
  const client = new Http1Client(new URL(server.url), 10_000, clock);
  onTestFinished(() => client.destroy());
  /** Resolves with the body; rejects with what went wrong. */
  const ask = (body?: Buffer, headers: readonly string[] = []): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      const listener: Listener = {
        onHead: () => undefined,
        onData: (bytes) => (text += bytes.toString()),
        onEnd: () => resolve(text),
        onError: reject,
      };
      client.ask({ method: body === undefined ? 'GET' : 'POST', path: '/v1/x', headers, body }, listener);
    });
  return { server, clock, client, ask };
}

describe('a client', () => {
  it('writes a request as it was asked to', async () => {
    const { server, ask } = await start();
    await ask(Buffer.from('{"é":1}'), ['x-name', 'Zoë', 'x-empty', '']);
    await ask();
    const host = new URL(server.url).host;
    expect(server.heard[0]).toBe(
      `POST /v1/x HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\nx-name: Zoë\r\nx-empty: \r\ncontent-length: 8\r\n\r\n` +
        `${Buffer.from('{"é":1}').toString('latin1')}GET /v1/x HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n\r\n`,
    );
  });

  it.each(['a\r\nx-more: b', 'a\nb', 'a\0', '☃'])('does not send the header %j', async (value) => {
    const { server, ask } = await start();
    await expect(ask(Buffer.alloc(0), ['x-a', value])).rejects.toMatchObject({ flaw: 'unsendable' });
    expect(server.sockets).toEqual([]);
  });

  it('takes the connection that was used last, and a new one when all are in use', async () => {
    const { server, ask } = await start();
    await Promise.all([ask(), ask(), ask()]);
    expect(server.sockets).toHaveLength(3);
    for (let i = 0; i < 4; i++) await ask();
    expect(server.sockets).toHaveLength(3);
    expect(server.heard.map((heard) => heard.split('GET').length - 1).toSorted((a, b) => a - b)).toEqual([1, 1, 5]);
  });

  it.each<[string, string, number, number]>([
    ['of a server that does not say, for 4 s', '', 4_000, 1],
    ['and no longer', '', 4_001, 2],
    ['for a second less than the server says', 'keep-alive: timeout=30\r\n', 29_000, 1],
    ['and no longer than that', 'keep-alive: timeout=30, max=100\r\n', 29_001, 2],
    ['not at all when that is nothing', 'keep-alive: timeout=1\r\n', 1, 2],
    ['not when the server is about to close it', 'connection: close\r\n', 0, 2],
  ])('keeps an idle connection %s', async (_what, headers, idleMs, connections) => {
    const { server, clock, ask } = await start((socket) => void socket.write(answerOf(headers)));
    await ask();
    clock.advance(idleMs);
    await ask();
    expect(server.sockets).toHaveLength(connections);
  });

  it('asks over a new connection when the server has closed an idle one', async () => {
    const { server, ask } = await start();
    await ask();
    const [first] = server.sockets;
    first?.destroy();
    // Until that is known here a request can meet it.
    await expect.poll(() => ask().catch(() => 'stale')).toBe('ok');
    expect(server.sockets).toHaveLength(2);
  });

  it('does not use a connection again whose server answered before it had read all of the request', async () => {
    let refuse = true;
    const { server, ask } = await start();
    server.onConnection = (socket) => {
      if (!refuse) return;
      socket.pause();
      socket.write(`HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno`);
    };
    expect(await ask(Buffer.alloc(32 * 1024 * 1024))).toBe('no');
    refuse = false;
    expect(await ask()).toBe('ok');
    expect(server.sockets).toHaveLength(2);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes', (socket) => void socket.end()],
    ['resets', (socket) => void socket.resetAndDestroy()],
  ])('says that a connection was stale when its server %s it instead of answering', async (_what, leave) => {
    const { ask } = await start((socket, n) => (n === 1 ? void socket.write(answerOf()) : leave(socket)));
    await ask();
    await expect(ask()).rejects.toMatchObject({ flaw: 'stale' });
    await expect(ask()).rejects.toMatchObject({ flaw: 'closed' });
  });

  it('tells those who wait when it is destroyed', async () => {
    const { server, client, ask } = await start(() => undefined);
    const asked = ask().catch((error: WireError) => error.flaw);
    const socket = await server.request(1);
    client.destroy();
    expect(await asked).toBe('closed');
    if (!socket.destroyed) await once(socket, 'close');
  });

  it('does not let a call that is over touch the connection’s next request', async () => {
    const { client, server, ask } = await start((socket, n) => {
      if (n === 1) socket.write(answerOf());
    });
    const listener: Listener = { onHead: () => 0, onData: () => 0, onEnd: () => over(), onError: () => 0 };
    let over = (): void => undefined;
    const ended = new Promise<void>((resolve) => (over = resolve));
    const call = client.ask({ method: 'GET', path: '/', headers: [], body: undefined }, listener);
    await ended;
    const next = ask();
    call.pause(listener);
    call.abort(listener);
    (await server.request(2)).write(answerOf());
    expect(await next).toBe('ok');
    expect(server.sockets).toHaveLength(1);
  });
});
