// What callers get wrong: each a coded envelope, each counted, and the next request is fine.
import { describe, expect, it } from 'vitest';
import {
  chat,
  gatewayOver,
  idOf,
  metric,
  policyOver,
  send,
  sendFeedback,
  sim,
  upstream,
  type Answer,
  type Body,
} from './harness.ts';
import type { TestGateway } from './harness.ts';
import { overSocket } from './raw-caller.ts';
import { expectUnharmed } from './unharmed.ts';

/** One gateway a test: a caller's mistakes must not add up. */
async function start(): Promise<TestGateway> {
  const server = await sim('m-a');
  return gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
}

function expectEnvelope(answer: Answer, status: number, code: string, param: string | null = null): void {
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('"error"')]);
  expect(answer.headers['content-type']).toMatch(/^application\/json/u);
  const { error } = answer.json();
  expect(error).toEqual({
    message: expect.any(String),
    type: 'invalid_request_error',
    param,
    code,
    sluice_code: expect.stringMatching(/^SLUICE_/u),
  });
}

const hi = '[{"role":"user","content":"Hi"}]';

describe('POST /v1/chat/completions', () => {
  it.each<[string, Body | undefined, string, string | null]>([
    ['malformed JSON', `{"model":"auto","messages":${hi}`, 'invalid_json', null],
    ['JSON with a tail', `{"model":"auto","messages":${hi}}}`, 'invalid_json', null],
    ['an empty body', '', 'invalid_json', null],
    ['no body', undefined, 'invalid_json', null],
    ['JSON that is no object', '[1]', 'invalid_value', '(body)'],
    ['null', 'null', 'invalid_value', '(body)'],
    ['no model', `{"messages":${hi}}`, 'invalid_value', 'model'],
    ['a model that is a number', `{"model":1,"messages":${hi}}`, 'invalid_value', 'model'],
    ['an empty model', `{"model":"","messages":${hi}}`, 'invalid_value', 'model'],
    ['no messages', '{"model":"auto"}', 'invalid_value', 'messages'],
    ['an empty list of messages', '{"model":"auto","messages":[]}', 'invalid_value', 'messages'],
    ['messages that are a string', '{"model":"auto","messages":"Hi"}', 'invalid_value', 'messages'],
    ['a message without a role', '{"model":"auto","messages":[{"content":"x"}]}', 'invalid_value', 'messages[0].role'],
    [
      'content that is a number',
      '{"model":"auto","messages":[{"role":"user","content":5}]}',
      'invalid_value',
      'messages[0].content',
    ],
    [
      'a part without a type',
      '{"model":"auto","messages":[{"role":"user","content":[{"text":"x"}]}]}',
      'invalid_value',
      'messages[0].content[0].type',
    ],
    ['stream that is a string', `{"model":"auto","messages":${hi},"stream":"yes"}`, 'invalid_value', 'stream'],
    ['max_tokens below 1', `{"model":"auto","messages":${hi},"max_tokens":0}`, 'invalid_value', 'max_tokens'],
    ['tools that are an object', `{"model":"auto","messages":${hi},"tools":{}}`, 'invalid_value', 'tools'],
  ])('%s', async (_what, body, code, param) => {
    const gateway = await start();
    const answer = await send(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
    });
    expectEnvelope(answer, 400, code, param);
    expect(await metric(gateway, 'sluice_rejected_total')).toBe(1);
    expect((await chat(gateway)).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])('content type %s', async (type) => {
    const gateway = await start();
    const url = `${gateway.url}/v1/chat/completions`;
    const answer = await send(url, { headers: { 'content-type': type }, body: `{"model":"auto","messages":${hi}}` });
    expectEnvelope(answer, 415, 'unsupported_media_type');
    expect(answer.json().error.message).toBe(`Send the body as application/json, not as "${type}".`);
    expect((await chat(gateway)).status).toBe(200);
  });

  it.each([['application/json; charset=utf-8'], ['application/json;charset=UTF-8']])(
    'content type %s is fine',
    async (type) => {
      expect((await chat(await start(), {}, { 'content-type': type })).status).toBe(200);
    },
  );

  it.each([
    ['with its length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('20 MB %s', async (_what, headers) => {
    const gateway = await start();
    const body = Buffer.from(`{"model":"auto","messages":[{"role":"user","content":"${'x'.repeat(20_000_000)}"}]}`);
    const answer = await send(`${gateway.url}/v1/chat/completions`, { headers, body });
    expectEnvelope(answer, 413, 'request_too_large');
    expect((await chat(gateway)).status).toBe(200);
  });

  it('a session key that is empty or too long names the header', async () => {
    const gateway = await start();
    for (const session of ['', 'x'.repeat(257)]) {
      expectEnvelope(
        await chat(gateway, {}, { 'x-sluice-session': session }),
        400,
        'invalid_value',
        'x-sluice-session',
      );
    }
    expect((await chat(gateway, {}, { 'x-sluice-session': 'x'.repeat(256) })).status).toBe(200);
  });
});

/** 100,000 levels: no parser of ours may go down into them by recursion. */
const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000);
const LISTS = deep('[', ']');
const OBJECTS = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

describe('JSON that is nested 100,000 deep', () => {
  const chatWith = (more: string): string => `{"model":"auto","messages":${hi},${more}}`;

  it.each<[string, string, string, string]>([
    ['messages', '/v1/chat/completions', `{"model":"auto","messages":${LISTS}}`, 'messages[0]'],
    [
      'content',
      '/v1/chat/completions',
      `{"model":"auto","messages":[{"role":"user","content":${LISTS}}]}`,
      'messages[0].content[0]',
    ],
    ['a model', '/v1/chat/completions', `{"model":${OBJECTS},"messages":${hi}}`, 'model'],
    ['tools that are no list', '/v1/chat/completions', chatWith(`"tools":${OBJECTS}`), 'tools'],
    ['stream_options', '/v1/chat/completions', chatWith(`"stream":true,"stream_options":${OBJECTS}`), 'stream_options'],
    ['a prompt', '/v1/completions', `{"model":"auto","prompt":${LISTS}}`, 'prompt[0][0]'],
    [
      'stream_options of a completion',
      '/v1/completions',
      `{"model":"auto","prompt":"Hi","stream_options":{"x":${LISTS}}}`,
      'stream_options',
    ],
    ['an input', '/v1/embeddings', `{"model":"auto","input":${LISTS}}`, 'input[0][0]'],
    ['a score', '/v1/feedback', `{"decision_id":"x","score":${LISTS}}`, 'score'],
    ['an unknown field of feedback', '/v1/feedback', `{"decision_id":"x","score":1,"y":${LISTS}}`, 'y'],
  ])('where it cannot be: %s', async (_what, path, body, param) => {
    const gateway = await start();
    expectEnvelope(await send(`${gateway.url}${path}`, { body }), 400, 'invalid_value', param);
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it.each([
    ['tools', chatWith(`"tools":${LISTS}`)],
    ['metadata', chatWith(`"metadata":${OBJECTS}`)],
    ['metadata before a model with an escape', `{"metadata":${OBJECTS},"mod\\u0065l":"auto","messages":${hi}}`],
    ['metadata of a stream', chatWith(`"metadata":${OBJECTS},"stream":true`)],
    ['a part', `{"model":"auto","messages":[{"role":"user","content":[{"type":"x","x":${OBJECTS}}]}]}`],
    ['calls of tools', `{"model":"auto","messages":[{"role":"assistant","tool_calls":${LISTS}}]}`],
  ])('where it may be, reaches the upstream as it is: %s', async (_what, body) => {
    const server = await upstream((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}'),
    );
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    expect((await send(`${gateway.url}/v1/chat/completions`, { body })).status).toBe(200);
    const passed = server.seen[0]?.body.toString() ?? '';
    expect(passed.replace('"stream_options":{"include_usage":true},', '')).toBe(body.replace('"auto"', '"m-a"'));
    expect(await expectUnharmed(gateway)).toMatchObject([{ finish: 'completed' }]);
  });
});

describe('a body that is no text of ours', () => {
  it.each([
    ['/v1/chat/completions', '"messages":[{"role":"user","content":"@"}]'],
    ['/v1/completions', '"prompt":"@"'],
    ['/v1/embeddings', '"input":"@"'],
    ['/v1/feedback', '"label":"@"'],
  ])('is refused: %s', async (path, rest) => {
    const gateway = await start();
    const [before = '', after = ''] = `{"model":"auto",${rest}}`.split('@');
    // A lone continuation byte, an overlong slash, half a surrogate pair, a character cut off.
    for (const bytes of [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]]) {
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      expectEnvelope(await send(`${gateway.url}${path}`, { body }), 400, 'invalid_json');
    }
    const utf16 = Buffer.from(before + after, 'utf16le');
    expectEnvelope(
      await send(`${gateway.url}${path}`, {
        headers: { 'content-type': 'application/json; charset=utf-16' },
        body: utf16,
      }),
      400,
      'invalid_json',
    );
    expect(await expectUnharmed(gateway)).toEqual([]);
  });

  it.each(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/feedback'])(
    'of 50 MB is refused: %s',
    async (path) => {
      const gateway = await start();
      const body = Buffer.alloc(50_000_000, ' ');
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        expectEnvelope(await send(`${gateway.url}${path}`, { headers, body }), 413, 'request_too_large');
      }
      expect(await expectUnharmed(gateway)).toEqual([]);
    },
  );
});

describe('a model', () => {
  it.each([
    ['of 10 kB', 'm'.repeat(10_000), 400, 'invalid_value'],
    ['with a lone surrogate', '\\ud800', 404, 'model_not_found'],
    ['called __proto__', '__proto__', 404, 'model_not_found'],
    ['with line ends', 'a\\r\\nx-evil: 1', 404, 'model_not_found'],
  ])('%s is refused on every path', async (_what, model, status, code) => {
    const gateway = await start();
    for (const [path, rest] of [
      ['/v1/chat/completions', `"messages":${hi}`],
      ['/v1/completions', '"prompt":"Hi"'],
      ['/v1/embeddings', '"input":"Hi"'],
    ]) {
      const answer = await send(`${gateway.url}${path}`, { body: `{"model":"${model}",${rest}}` });
      expectEnvelope(answer, status, code, 'model');
      expect(answer.bytes.length).toBeLessThan(1_000);
    }
    expect(await expectUnharmed(gateway)).toEqual([]);
  });
});

describe('a key given twice', () => {
  it('counts as most parsers take it: the last one, for what is checked and for what is done', async () => {
    const gateway = await start();
    const ask = (body: string) => send(`${gateway.url}/v1/chat/completions`, { body });
    expectEnvelope(await ask(`{"model":"auto","messages":${hi},"messages":[]}`), 400, 'invalid_value', 'messages');
    const answer = await ask(
      `{"model":"nobody","stream":true,"messages":[],"messages":${hi},"model":"auto","stream":false}`,
    );
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(await expectUnharmed(gateway)).toMatchObject([{ finish: 'completed' }]);
  });
});

describe('the wrong address', () => {
  it.each([
    ['GET', '/v1/chat/completions', 404, 'unknown_url'],
    ['POST', '/v1/responses', 404, 'unknown_url'],
    ['DELETE', '/v1/models', 404, 'unknown_url'],
    ['GET', '/v1/models/%E0%A4', 400, 'bad_request'],
  ])('%s %s', async (method, path, status, code) => {
    const gateway = await start();
    expectEnvelope(await send(`${gateway.url}${path}`, { method }), status, code);
    expect(await metric(gateway, 'sluice_rejected_total')).toBe(1);
    expect((await chat(gateway)).status).toBe(200);
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', '400', 'bad_request'],
    ['too many headers', `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, '431', 'bad_request'],
  ])('%s', async (_what, bytes, status, code) => {
    const gateway = await start();
    const answer = await overSocket(gateway, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error).toMatchObject({
      code,
      type: 'invalid_request_error',
    });
    expect((await chat(gateway)).status).toBe(200);
  });
});

describe('POST /v1/feedback', () => {
  async function answered(): Promise<{ gateway: TestGateway; id: string }> {
    const gateway = await start();
    return { gateway, id: idOf(await chat(gateway)) };
  }

  it.each([
    [
      'an id that never was',
      { decision_id: `dec_${'0'.repeat(32)}`, score: 1 },
      404,
      'decision_not_found',
      'decision_id',
    ],
    ['an id of another shape', { decision_id: '../decisions', score: 1 }, 404, 'decision_not_found', 'decision_id'],
    ['no id', { score: 1 }, 400, 'invalid_value', 'decision_id'],
    ['no score', {}, 400, 'invalid_value', 'score'],
    ['a score above 1', { score: 1.01 }, 400, 'invalid_value', 'score'],
    ['a score below 0', { score: -0.1 }, 400, 'invalid_value', 'score'],
    ['a score that is a string', { score: '1' }, 400, 'invalid_value', 'score'],
    ['a field that there is not', { score: 1, rating: 5 }, 400, 'invalid_value', 'rating'],
    ['a label that is too long', { score: 1, label: 'x'.repeat(129) }, 400, 'invalid_value', 'label'],
  ])('%s', async (what, body, status, code, param) => {
    const { gateway, id } = await answered();
    expectEnvelope(
      await sendFeedback(gateway, what === 'no id' ? body : { decision_id: id, ...body }),
      status,
      code,
      param,
    );
    expect((await sendFeedback(gateway, { decision_id: id, score: 1 })).json()).toMatchObject({ status: 'counted' });
  });

  it('an Idempotency-Key that was used for something else', async () => {
    const { gateway, id } = await answered();
    const other = idOf(await chat(gateway));
    expect((await sendFeedback(gateway, { decision_id: id, score: 1 }, 'k')).status).toBe(200);
    for (const body of [
      { decision_id: id, score: 0 },
      { decision_id: other, score: 1 },
    ]) {
      expectEnvelope(await sendFeedback(gateway, body, 'k'), 409, 'idempotency_key_reused', 'Idempotency-Key');
    }
    expectEnvelope(
      await sendFeedback(gateway, { decision_id: id, score: 1 }, 'x'.repeat(257)),
      400,
      'invalid_value',
      'idempotency-key',
    );
    expect((await sendFeedback(gateway, { decision_id: other, score: 1 }, 'k2')).json()).toMatchObject({
      status: 'counted',
    });
  });
});
