// The policy's time limits: each with a code of its own, before and in the middle of an answer, and never one that is not due.
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/feedback/index.ts';
import { atEnd, chat, gatewayOver, listen, policyOver, until, upstream, type Answer, type Handler } from './harness.ts';
import { expectUnharmed } from './unharmed.ts';

const EVENT = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const SSE = { 'content-type': 'text/event-stream' };
const nothing: Handler = () => undefined;
const headAlone: Handler = (response) => response.writeHead(200, SSE).flushHeaders();
const oneEvent: Handler = (response) => void response.writeHead(200, SSE).write(EVENT);
const halfABody: Handler = (response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices"');
const forEver: Handler = (response) => {
  response.writeHead(200, SSE);
  const timer = setInterval(() => void response.write(EVENT), 20);
  response.on('close', () => clearInterval(timer));
};

async function askWith(
  url: string,
  timeouts: object,
  stream: boolean,
): Promise<readonly [Answer, Outcome | undefined]> {
  const { connectMs, ...limits } = timeouts as { connectMs?: number };
  const pool = connectMs === undefined ? {} : { timeouts: { connectMs } };
  const gateway = await gatewayOver(policyOver({ a: { endpoints: [url], ...pool } }, { timeouts: limits }));
  const answer = await chat(gateway, { stream });
  const [outcome] = await expectUnharmed(gateway, false);
  return [answer, outcome];
}

describe('a limit', () => {
  it.each<[string, Handler, object, boolean, string, string]>([
    ['ttftMs', nothing, { ttftMs: 100 }, false, 'upstream_timeout', 'SLUICE_POOL_FIRST_BYTE_TIMEOUT'],
    ['ttftMs', headAlone, { ttftMs: 100 }, true, 'upstream_timeout', 'SLUICE_POOL_FIRST_BYTE_TIMEOUT'],
    ['itlMs', halfABody, { itlMs: 100 }, false, 'upstream_stalled', 'SLUICE_POOL_STALLED'],
    ['totalMs', nothing, { totalMs: 100 }, true, 'upstream_total_timeout', 'SLUICE_POOL_TOTAL_TIMEOUT'],
    ['totalMs', halfABody, { totalMs: 100 }, false, 'upstream_total_timeout', 'SLUICE_POOL_TOTAL_TIMEOUT'],
  ])(
    '(%s) that passes before the caller has a byte is a 504',
    async (key, handler, timeouts, stream, code, errorCode) => {
      const server = await upstream(handler);
      const [answer, outcome] = await askWith(server.url, timeouts, stream);
      expect([answer.status, answer.json().error.code]).toEqual([504, code]);
      expect(answer.json().error.message).toContain(key === 'totalMs' ? ' ms' : '100 ms');
      expect(outcome).toMatchObject({ finish: 'failed', status: 504, errorCode, attempts: [{ errorCode }] });
      await until('the upstream is released', () => server.seen[0]?.releasedAt !== undefined);
    },
  );

  it.each<[string, Handler, object, string, string]>([
    ['itlMs', oneEvent, { itlMs: 100 }, 'upstream_stalled', 'SLUICE_POOL_STALLED'],
    ['totalMs', forEver, { totalMs: 1_500 }, 'upstream_total_timeout', 'SLUICE_POOL_TOTAL_TIMEOUT'],
  ])(
    '(%s) that passes in the middle of a stream ends it with an error event',
    async (_key, handler, timeouts, code, errorCode) => {
      const server = await upstream(handler);
      const [answer, outcome] = await askWith(server.url, timeouts, true);
      const [before = '', data = ''] = answer.text.split('\n\nevent: error\ndata: ');
      expect([answer.status, before.startsWith(EVENT.trimEnd()), JSON.parse(data).error.code]).toEqual([
        200,
        true,
        code,
      ]);
      expect(outcome).toMatchObject({ finish: 'interrupted', status: 200, errorCode, answeredBy: 'a' });
      await until('the upstream is released', () => server.seen[0]?.releasedAt !== undefined);
    },
  );

  it('on connecting has its own too', async () => {
    // A handshake that nobody answers: the connection never stands.
    const server = createServer((socket) => socket.on('error', () => undefined));
    const port = await listen(server);
    atEnd(() => void server.close());
    const [answer, outcome] = await askWith(`https://127.0.0.1:${port}/v1`, { connectMs: 100 }, false);
    expect([answer.status, answer.json().error.code]).toEqual([504, 'upstream_connect_timeout']);
    expect(outcome).toMatchObject({ finish: 'failed', status: 504, errorCode: 'SLUICE_POOL_CONNECT_TIMEOUT' });
  });

  it('does not touch an answer that takes longer than it as a whole', async () => {
    const server = await upstream((response) => {
      response.writeHead(200, SSE);
      let left = 13;
      const timer = setInterval(() => {
        if (--left > 0) return void response.write(EVENT);
        clearInterval(timer);
        response.end('data: [DONE]\n\n');
      }, 150);
    });
    const [answer, outcome] = await askWith(server.url, { ttftMs: 1_500, itlMs: 1_500 }, true);
    expect(answer.text).toBe(`${EVENT.repeat(12)}data: [DONE]\n\n`);
    expect(outcome).toMatchObject({ finish: 'completed' });
  });
});
