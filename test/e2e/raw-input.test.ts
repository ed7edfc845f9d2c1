// What callers send that no HTTP library would: header injection, lies about lengths, half requests, slow ones, many at once.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gatewayOver, metric, policyOver, send, sim, until, upstream, type TestGateway } from './harness.ts';
import { answersIn, HI, overSocket, rawCaller, rawRequest } from './raw-caller.ts';
import { expectUnharmed } from './unharmed.ts';

async function start(options: { arrivalMs?: number } = {}): Promise<TestGateway> {
  const server = await sim('m-a');
  return gatewayOver(policyOver({ a: { endpoints: [server.url] } }), options);
}

const STREAM = HI.replace('{', '{"stream":true,');
const COMPLETION = '{"model":"auto","prompt":"Hi"}';
const EMBEDDING = '{"model":"auto","input":"Hi"}';
const PATHS: readonly (readonly [path: string, body: string])[] = [
  ['/v1/chat/completions', HI],
  ['/v1/completions', COMPLETION],
  ['/v1/embeddings', EMBEDDING],
  ['/v1/feedback', '{"decision_id":"dec_x","score":1}'],
];

/** The one answer, which is an envelope of the caller's fault. */
function expectRefusal(text: string, status: number, code: string, param: string | null = null): void {
  const answers = answersIn(text);
  expect(answers.map((answer) => answer.status)).toEqual([status]);
  expect(JSON.parse(answers[0]?.body ?? '')).toEqual({
    error: {
      message: expect.any(String),
      type: 'invalid_request_error',
      param,
      code,
      sluice_code: expect.stringMatching(/^SLUICE_GATEWAY_/u),
    },
  });
}

describe('a head that is wrong', () => {
  it.each<[string, string, number, string, string | null]>([
    ['NUL in a header', rawRequest(['x-sluice-session: a\0b']), 400, 'bad_request', null],
    ['a bare CR in a header', rawRequest(['x-sluice-session: a\rb']), 400, 'bad_request', null],
    ['a bare LF in a header', rawRequest(['x-sluice-session: a\nx: b']), 400, 'bad_request', null],
    ['a control character in a header', rawRequest(['x-sluice-tags: a=\x01']), 400, 'bad_request', null],
    ['no ASCII in a tag', rawRequest(['x-sluice-tags: team=caf\xe9']), 400, 'invalid_value', 'x-sluice-tags'],
    [
      'CR LF that makes a header of ours',
      rawRequest(['x: a\r\nx-sluice-evil: b']),
      400,
      'invalid_value',
      'x-sluice-evil',
    ],
    ['a space before the colon', rawRequest(['x-sluice-session : a']), 400, 'bad_request', null],
    ['two lengths', rawRequest(['content-length: 60', 'content-length: 61']), 400, 'bad_request', null],
    ['a length and chunks', rawRequest(['content-length: 60', 'transfer-encoding: chunked']), 400, 'bad_request', null],
    ['a length that is no number', rawRequest(['content-length: x']), 400, 'bad_request', null],
    ['no host', `GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n`, 400, 'bad_request', null],
    ['an unknown expectation', rawRequest(['expect: 200-maybe']), 400, 'bad_request', null],
    ['a method that there is not', rawRequest([], '', 'BREW /v1/models HTTP/1.1'), 400, 'bad_request', null],
    ['a method that nobody asks', rawRequest([], '', 'PROPFIND /v1/models HTTP/1.1'), 404, 'unknown_url', null],
    ['OPTIONS', rawRequest([], '', 'OPTIONS /v1/chat/completions HTTP/1.1'), 404, 'unknown_url', null],
    ['OPTIONS *', rawRequest([], '', 'OPTIONS * HTTP/1.1'), 404, 'unknown_url', null],
    [
      '50 kB of headers',
      rawRequest(Array.from({ length: 2_000 }, (_, i) => `x-${i}: yyyyyyyyyyyyyyyyyyyy`)),
      431,
      'bad_request',
      null,
    ],
    ['a path of 10 kB', rawRequest([], HI, `POST /${'x'.repeat(10_000)} HTTP/1.1`), 404, 'unknown_url', null],
    ['chunks without sizes', rawRequest(['transfer-encoding: chunked'], 'zz\r\n{"mod'), 400, 'bad_request', null],
  ])('(%s) is refused with an envelope and counted once', async (_what, bytes, status, code, param) => {
    const gateway = await start();
    expectRefusal(await overSocket(gateway, bytes), status, code, param);
    expect(await metric(gateway, 'sluice_rejected_total')).toBe(1);
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it.each(PATHS)('with a packed body (%s) is refused before the body is looked at', async (path, body) => {
    const gateway = await start();
    for (const encoding of ['gzip', 'br', 'zstd, gzip']) {
      const answer = await send(`${gateway.url}${path}`, {
        headers: { 'content-encoding': encoding },
        body: gzipSync(body),
      });
      expect([answer.status, answer.json().error]).toMatchObject([
        415,
        { code: 'unsupported_content_encoding', message: `Send the body as it is, not packed with "${encoding}".` },
      ]);
    }
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it('and CONNECT are hung up on', async () => {
    const gateway = await start();
    expect(await overSocket(gateway, rawRequest([], '', 'CONNECT example.org:443 HTTP/1.1'))).toBe('');
    expect(await expectUnharmed(gateway)).toEqual([]);
  });
});

describe('a head that is odd', () => {
  it.each<[string, string]>([
    ['Expect: 100-continue', rawRequest(['expect: 100-continue'])],
    [
      'chunks',
      rawRequest(
        ['transfer-encoding: chunked'],
        `3\r\n${HI.slice(0, 3)}\r\n${(HI.length - 3).toString(16)}\r\n${HI.slice(3)}\r\n0\r\n\r\n`,
      ),
    ],
    [
      'trailers, which are no headers',
      rawRequest(['transfer-encoding: chunked'], `${HI.length.toString(16)}\r\n${HI}\r\n0\r\nx-sluice-evil: 1\r\n\r\n`),
    ],
    ['a wish to upgrade', rawRequest(['connection: upgrade, close', 'upgrade: websocket'])],
    ['an absolute URL', rawRequest([], HI, 'POST http://elsewhere/v1/chat/completions HTTP/1.1')],
    ['400 headers', rawRequest(Array.from({ length: 400 }, (_, i) => `x-${i}: y`))],
    ['a session in latin1, twice', rawRequest(['x-sluice-session: caf\xe9', 'x-sluice-session: b'])],
    ['a second content type, of which the first counts', rawRequest(['content-type: text/plain'])],
    ['content-encoding: identity', rawRequest(['content-encoding: identity'])],
    ['HTTP/1.0', rawRequest([], HI, 'POST /v1/chat/completions HTTP/1.0')],
  ])('(%s) is served', async (_what, bytes) => {
    const gateway = await start();
    const text = (await overSocket(gateway, bytes)).replace('HTTP/1.1 100 Continue\r\n\r\n', '');
    expect(answersIn(text)).toMatchObject([{ status: 200, body: expect.stringContaining('"chat.completion"') }]);
    expect(await expectUnharmed(gateway)).toMatchObject([{ finish: 'completed', status: 200 }]);
  });

  it('(HTTP/1.0, which knows no chunks) gets a stream that ends with the connection', async () => {
    const gateway = await start();
    const text = await overSocket(gateway, rawRequest([], STREAM, 'POST /v1/chat/completions HTTP/1.0'));
    expect(text).not.toMatch(/transfer-encoding/iu);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toMatch(/^data: [\s\S]*data: \[DONE\]\n\n$/u);
    expect(await expectUnharmed(gateway)).toMatchObject([{ finish: 'completed' }]);
  });

  it.each([
    ['/v1/models', 200],
    ['/v1/chat/completions', 404],
  ])('(HEAD %s) gets a head alone', async (path, status) => {
    const gateway = await start();
    const text = await overSocket(gateway, rawRequest([], '', `HEAD ${path} HTTP/1.1`));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n$`, 'u'));
    expect(await expectUnharmed(gateway)).toEqual([]);
  });
});

describe('requests in a row without waiting', () => {
  it('are answered in order, and a bad one among them is its own', async () => {
    const gateway = await start();
    const kept = ['connection: keep-alive'];
    const bytes = [
      rawRequest(kept),
      rawRequest(kept, '{'),
      rawRequest(kept, COMPLETION, 'POST /v1/completions HTTP/1.1'),
      rawRequest(kept, '', 'GET /v1/models HTTP/1.1'),
      rawRequest([], EMBEDDING, 'POST /v1/embeddings HTTP/1.1'),
    ];
    const answers = answersIn(await overSocket(gateway, bytes.join('')));
    expect(answers.map(({ status, body }) => [status, JSON.parse(body).object ?? JSON.parse(body).error.code])).toEqual(
      [
        [200, 'chat.completion'],
        [400, 'invalid_json'],
        [200, 'text_completion'],
        [200, 'list'],
        [200, 'list'],
      ],
    );
    expect(await expectUnharmed(gateway)).toMatchObject([
      { finish: 'completed' },
      { finish: 'completed' },
      { finish: 'completed' },
    ]);
  });

  it('with garbage after the first: its answer comes whole, and then the garbage is refused', async () => {
    const server = await sim('m-a');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const answers = answersIn(await overSocket(gateway, `${rawRequest(['connection: keep-alive'])}garbage\r\n\r\n`));
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(await expectUnharmed(gateway)).toMatchObject([{ finish: 'completed', status: 200 }]);
  });

  it('with garbage after one that node:http has taken: its answer is not written into', async () => {
    const server = await upstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"choices":[]}\n\n');
    });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const caller = rawCaller(gateway);
    caller.socket.write(rawRequest(['connection: keep-alive', 'content-encoding: identity'], STREAM));
    await until('the answer has begun', () => caller.text().includes('data: '));
    caller.socket.write('garbage\r\n\r\n');
    const text = await caller.closed;
    expect(text.match(/HTTP\/1\.1/gu)).toHaveLength(1);
    expect(text).not.toContain('SLUICE_GATEWAY_BAD_REQUEST');
    await until('the upstream is released', () => server.seen[0]?.releasedAt !== undefined);
    expect(await expectUnharmed(gateway, false)).toMatchObject([{ finish: 'abandoned', status: 499 }]);
  });
});

describe('an upload', () => {
  it.each([
    ['ends', 'end', 1],
    ['is closed', 'destroy', 1],
    ['is reset', 'resetAndDestroy', 0],
  ] as const)('that %s half-way is no request', async (_what, how, counted) => {
    const gateway = await start();
    for (const [path, body] of PATHS) {
      const caller = rawCaller(gateway);
      const bytes = rawRequest([], body, `POST ${path} HTTP/1.1`);
      await new Promise((resolve) => void caller.socket.write(bytes.slice(0, -10), resolve));
      // The gateway has read it when it answers what came later.
      await send(`${gateway.url}/healthz`);
      caller.socket[how]();
      const text = await caller.closed;
      if (how === 'end') expectRefusal(text, 400, 'bad_request');
      else expect(text).toBe('');
    }
    await send(`${gateway.url}/healthz`);
    expect(await metric(gateway, 'sluice_rejected_total')).toBe(PATHS.length * counted);
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it.each([
    ['with less than its length', rawRequest([`content-length: ${HI.length + 10}`])],
    [
      'whose last chunk does not come',
      rawRequest(['transfer-encoding: chunked'], `${HI.length.toString(16)}\r\n${HI}\r\n`),
    ],
    ['of a head without an end', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'],
  ])('%s is refused when its time is over', async (_what, bytes) => {
    const gateway = await start({ arrivalMs: 1_000 });
    const text = await overSocket(gateway, bytes);
    expectRefusal(text, 408, 'bad_request');
    expect(text).toContain('it took too long to arrive');
    expect(await metric(gateway, 'sluice_rejected_total')).toBe(1);
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it.each([
    ['head', 0],
    ['body', rawRequest().indexOf('\r\n\r\n') + 4],
  ])('of which the %s comes a byte at a time is refused all the same', async (_what, from) => {
    const gateway = await start({ arrivalMs: 1_000 });
    const caller = rawCaller(gateway);
    const bytes = rawRequest();
    caller.socket.write(bytes.slice(0, from));
    let at = from;
    const drip = setInterval(() => void (caller.socket.writable && caller.socket.write(bytes.charAt(at++))), 50);
    expectRefusal(await caller.closed, 408, 'bad_request');
    clearInterval(drip);
    expect(at).toBeLessThan(bytes.length);
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it('that is in time has an answer without a limit on how long the caller takes to hear it', async () => {
    const server = await upstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"choices":[]}\n\n');
      setTimeout(() => response.end('data: [DONE]\n\n'), 1_500);
    });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }), { arrivalMs: 1_000 });
    expect(await overSocket(gateway, rawRequest([], STREAM))).toContain('data: [DONE]');
    expect(await expectUnharmed(gateway, false)).toMatchObject([{ finish: 'completed' }]);
  });
});
