// Model servers that fail: who answers then, what the caller is told, and what is on record.
import { createServer as createSocketServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  atEnd,
  chat,
  deadUrl,
  gatewayOver,
  listen,
  metric,
  policyOver,
  sim,
  until,
  upstream,
  type Handler,
  type TestGateway,
} from './harness.ts';

const OK = '{"choices":[{"message":{"content":"ok"}}],"usage":{"prompt_tokens":2,"completion_tokens":3}}';
const error = (status: number, headers: Record<string, string> = {}): Handler => {
  const body = JSON.stringify({ error: { message: `own words ${status}`, type: 'x', code: `own_${status}` } });
  return (response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
};
const ok: Handler = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(OK);

async function outcomesOf(gateway: TestGateway) {
  await gateway.close();
  return (await readDataDirectory(gateway.dataDir)).decisions.map(({ outcome }) => outcome);
}

describe('an upstream that does not answer well', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['refuses connections', deadUrl, 'SLUICE_POOL_UNREACHABLE'],
    ['hangs up', async () => (await upstream((response) => response.socket?.destroy())).url, 'SLUICE_POOL_CLOSED'],
    ['speaks no HTTP', notHttp, 'SLUICE_POOL_PROTOCOL'],
    ['says 500', async () => (await upstream(error(500))).url, 'upstream_500'],
    ['says 503', async () => (await upstream(error(503))).url, 'upstream_503'],
    ['says 429', async () => (await upstream(error(429, { 'retry-after': '0' }))).url, 'upstream_429'],
  ])('and %s is stood in for by the next pool', async (_what, bad, errorCode) => {
    const good = await sim('m-b');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [await bad()] }, b: { endpoints: [good.url] } }));
    for (const stream of [false, true]) {
      const answer = await chat(gateway, { stream });
      expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'b']);
    }
    expect(await metric(gateway, 'sluice_extra_attempts_total')).toBe(2);
    for (const outcome of await outcomesOf(gateway)) {
      expect(outcome).toMatchObject({ finish: 'completed', status: 200, answeredBy: 'b' });
      expect(outcome.attempts.map((a) => [a.pool, a.errorCode])).toEqual([
        ['a', errorCode],
        ['b', undefined],
      ]);
    }
  });

  it('is stood in for by the next endpoint of its own pool', async () => {
    const [bad, good] = [await upstream(error(500)), await sim('m-a')];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [bad.url, good.url] } }));
    for (let i = 0; i < 8; i++) expect((await chat(gateway)).status).toBe(200);
    expect(bad.seen.length).toBeGreaterThan(0);
    expect(bad.seen.length).toBeLessThanOrEqual(3);
  });

  it.each([
    [400, {}],
    [401, {}],
    [422, {}],
    [404, {}],
  ])('and says %i is the caller’s to hear: nobody else is asked', async (status) => {
    const [a, b] = [await upstream(error(status)), await upstream(ok)];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
    const answer = await chat(gateway);
    expect([answer.status, answer.json().error.code]).toEqual([status, `own_${status}`]);
    expect(b.seen).toHaveLength(0);
    expect(await outcomesOf(gateway)).toMatchObject([{ finish: 'failed', status, errorCode: `upstream_${status}` }]);
  });
});

describe('when nobody is left', () => {
  it.each([
    [500, {}],
    [503, { 'retry-after': '17' }],
    [429, { 'retry-after': '3' }],
  ])('the last one’s own %i is passed on', async (status, headers) => {
    const [a, b] = [await upstream(error(500)), await upstream(error(status, headers))];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
    const answer = await chat(gateway, { stream: true });
    expect([answer.status, answer.json().error.code]).toEqual([status, `own_${status}`]);
    expect(answer.headers).toMatchObject({ ...headers, 'x-sluice-pool': 'b' });
  });

  it('and the next pool is ejected, the caller hears the error at hand', async () => {
    const [a, b] = [await upstream(ok), await upstream(error(500))];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
    for (let i = 0; i < 3; i++) await chat(gateway, { model: 'b' });
    a.answer(error(503, { 'retry-after': '4' }));
    const answer = await chat(gateway);
    expect([answer.status, answer.json().error.code, answer.headers['retry-after']]).toEqual([503, 'own_503', '4']);
  });

  it('the answer is a coded 502, then, all being ejected, a 503 with retry-after', async () => {
    const gateway = await gatewayOver(
      policyOver({ a: { endpoints: [await deadUrl()] }, b: { endpoints: [await deadUrl()] } }),
    );
    for (let i = 0; i < 3; i++) {
      const answer = await chat(gateway);
      expect([answer.status, answer.json().error.code]).toEqual([502, 'upstream_unreachable']);
      expect(answer.headers['x-sluice-decision-id']).toMatch(/^dec_/u);
    }
    const refused = await chat(gateway);
    expect([refused.status, refused.json().error.code]).toEqual([503, 'no_healthy_upstream']);
    expect(refused.headers['retry-after']).toBe('2');
    // Refused before a decision: nothing more is on record.
    expect(await outcomesOf(gateway)).toHaveLength(3);
  });
});

describe('an answer that is none', () => {
  it.each<[string, Handler, string]>([
    [
      'HTML with status 200',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'upstream_bad_answer',
    ],
    [
      'JSON of another kind',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
      'upstream_bad_answer',
    ],
    ['nothing with status 200', (r) => r.writeHead(200).end(), 'upstream_bad_answer'],
    ['a redirect', (r) => r.writeHead(302, { location: '/login' }).end(), 'upstream_bad_answer'],
    ['500 in HTML', (r) => r.writeHead(500, { 'content-type': 'text/html' }).end('<html>'), 'upstream_bad_answer'],
    [
      'half a body',
      (r) => void r.writeHead(200, { 'content-length': '99' }).write('{"choi', () => r.destroy()),
      'upstream_closed',
    ],
  ])('(%s) is a coded 502, plain and streamed, and one failure of its endpoint', async (_what, handler, code) => {
    const server = await upstream(handler);
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    for (const stream of [false, true]) {
      const answer = await chat(gateway, { stream });
      expect([answer.status, answer.json().error.code]).toEqual([502, code]);
      expect(answer.json().error.message).not.toContain('<html>');
    }
    expect(await metric(gateway, 'sluice_attempts_failed_total')).toBe(2);
    // A third failure ejects, two do not.
    expect(await metric(gateway, 'sluice_endpoint_healthy')).toBe(1);
    for (const outcome of await outcomesOf(gateway)) expect(outcome).toMatchObject({ finish: 'failed', status: 502 });
  });

  it('a stream that breaks off ends in an error event that clients read, and is on record as interrupted', async () => {
    const server = await sim('m-a');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const answer = await chat(gateway, { stream: true }, { 'x-sim-fault': 'cut' });
    expect(answer.status).toBe(200);
    const [event, data] = answer.text.trimEnd().split('\n').slice(-2);
    expect(event).toBe('event: error');
    expect(JSON.parse((data ?? '').slice(6))).toMatchObject({ error: { code: 'upstream_closed', type: 'api_error' } });
    expect(answer.text).not.toContain('[DONE]');
    const [outcome] = await outcomesOf(gateway);
    expect(outcome).toMatchObject({ finish: 'interrupted', answeredBy: 'a', errorCode: 'SLUICE_POOL_CLOSED' });
    expect(outcome?.usage.outputTokens).toBeGreaterThan(5);
  });
});

describe('an endpoint that failed three times in a row', () => {
  it('gets no requests until its time is over, then one probe decides', async () => {
    const [bad, good] = [await upstream(error(500)), await sim('m-b')];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [bad.url] }, b: { endpoints: [good.url] } }));
    const ask = async () => (await chat(gateway)).headers['x-sluice-pool'];
    for (let i = 0; i < 6; i++) expect(await ask()).toBe('b');
    expect(bad.seen).toHaveLength(3);
    expect(gateway.log.join('')).toContain('is ejected: 3 failures in a row');
    bad.answer(ok);
    await until('a probe brings it back', async () => (await ask()) === 'a');
    expect(bad.seen).toHaveLength(4);
    expect(await metric(gateway, 'sluice_endpoint_changes_total{pool="a"')).toBe(0);
    expect(await metric(gateway, 'sluice_endpoint_changes_total')).toBe(3);
  });
});

async function notHttp(): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('SSH-2.0-OpenSSH_9.6\r\n'));
  });
  const port = await listen(server);
  atEnd(() => void server.close());
  return `http://127.0.0.1:${port}/v1`;
}
