// Callers that leave: the upstream is let go at once, the outcome is `abandoned`, nothing stays in flight.
import { createServer as createSocketServer, type Socket } from 'node:net';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  atEnd,
  gatewayOver,
  listen,
  metric,
  policyOver,
  until,
  upstream,
  user,
  type TestGateway,
  type Upstream,
} from './harness.ts';

/** Measured: 1 ms at the median, 18 ms at most of 200. */
const RELEASE_MS = 50;
const TRIES = 10;

/** A caller leaves again and again, until an upstream is released so soon: a machine may stand still now and then, not every time. */
async function expectReleased(server: Upstream, leaveOnce: (server: Upstream) => Promise<number>): Promise<number> {
  const took: number[] = [];
  while (took.length < TRIES && Math.min(...took) >= RELEASE_MS) {
    const left = await leaveOnce(server);
    const seen = server.seen[took.length];
    await until('it is released', () => seen?.releasedAt);
    took.push((seen?.releasedAt ?? 0) - left);
  }
  expect(Math.min(...took)).toBeLessThan(RELEASE_MS);
  expect(server.seen).toHaveLength(took.length);
  return took.length;
}

/** Sends a chat request; `leave` cuts the connection. */
function caller(
  gateway: TestGateway,
  body: object,
  onData: (leave: () => number) => void = () => undefined,
): () => number {
  const bytes = JSON.stringify({ model: 'auto', messages: user('Hi'), ...body });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) };
  const call = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, agent: false });
  const leave = (): number => {
    call.destroy();
    return performance.now();
  };
  call.on('error', () => undefined);
  call.on('response', (response) => {
    response.on('error', () => undefined);
    response.once('data', () => onData(leave));
  });
  call.end(bytes);
  return leave;
}

/** Of so many requests, which all ended the same way. */
async function outcomeOf(gateway: TestGateway, requests = 1) {
  await until('nothing is open', async () => (await metric(gateway, 'sluice_open_decisions')) === 0);
  expect(await metric(gateway, 'sluice_endpoint_in_flight')).toBe(0);
  expect(await metric(gateway, 'sluice_attempts_failed_total')).toBe(0);
  await gateway.close();
  const { decisions } = await readDataDirectory(gateway.dataDir);
  expect(decisions).toHaveLength(requests);
  expect(new Set(decisions.map(({ outcome }) => `${outcome.finish} ${outcome.status}`)).size).toBe(1);
  return decisions[0]?.outcome;
}

describe('a caller that leaves', () => {
  it(`before the answer’s head: the upstream is released within ${RELEASE_MS} ms`, async () => {
    const server = await upstream(() => undefined);
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const tries = await expectReleased(server, async ({ seen }) => {
      const before = seen.length;
      const leave = caller(gateway, {});
      await until('the upstream has the request', () => seen.length > before);
      expect(await metric(gateway, 'sluice_endpoint_in_flight')).toBe(1);
      return leave();
    });
    expect(await outcomeOf(gateway, tries)).toMatchObject({
      finish: 'abandoned',
      status: 499,
      attempts: [{ errorCode: 'abandoned' }],
    });
  });

  it('in the middle of a stream: the same, and what was sent is accounted for', async () => {
    const server = await upstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"x"}}]}\n\n'.repeat(10));
    });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const tries = await expectReleased(
      server,
      () =>
        new Promise((left) => {
          caller(gateway, { stream: true }, (leave) => left(leave()));
        }),
    );
    const outcome = await outcomeOf(gateway, tries);
    expect(outcome).toMatchObject({ finish: 'abandoned', status: 499, answeredBy: 'a' });
    expect(outcome?.usage).toEqual({ inputTokens: 7, cachedInputTokens: 0, outputTokens: 7, estimated: true });
    expect(outcome?.costUsd).toBeGreaterThan(0);
  });

  it.each([
    ['plain, and the body is under way', 'main', false],
    ['and the answer is a cascade’s, held back', 'careful', true],
  ])('%s: the same', async (_what, model, stream) => {
    const server = await upstream((response) => {
      const type = stream ? 'text/event-stream' : 'application/json';
      response.writeHead(200, { 'content-type': type }).write('data: {"choices":[]');
    });
    const cascade = { name: 'careful', when: 'model == "careful"', candidates: ['a', 'b'], strategy: 'cascade' };
    const pools = { a: { endpoints: [server.url] }, b: { endpoints: [server.url] } };
    const routes = [cascade, { name: 'main', candidates: ['a'] }];
    const gateway = await gatewayOver(policyOver(pools, { routes, aliases: { main: 'main', careful: 'careful' } }));
    const tries = await expectReleased(server, async ({ seen }) => {
      const before = seen.length;
      const leave = caller(gateway, { model, stream });
      await until('the upstream has the request', () => seen.length > before);
      return leave();
    });
    expect(await outcomeOf(gateway, tries)).toMatchObject({
      finish: 'abandoned',
      status: 499,
      attempts: [{ errorCode: 'abandoned' }],
    });
  });

  it('while the upstream’s TLS handshake hangs: the decision is closed without waiting for the connect timeout', async () => {
    const sockets: Socket[] = [];
    const server = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      sockets.push(socket);
    });
    const port = await listen(server);
    atEnd(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(resolve));
    });
    const endpoints = [`https://127.0.0.1:${port}/v1`];
    const gateway = await gatewayOver(policyOver({ a: { endpoints, timeouts: { connectMs: 600_000 } } }));
    const leave = caller(gateway, {});
    await until('the upstream has a connection', () => sockets.length === 1);
    leave();
    await until('nothing is open', async () => (await metric(gateway, 'sluice_open_decisions')) === 0);
    expect(await outcomeOf(gateway)).toMatchObject({ finish: 'abandoned' });
  });
});
