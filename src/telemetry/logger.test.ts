// No way into a log line for a key: by an error's fields, its causes, its message, an event's text, or a real failed request.
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { request } from 'undici';
import { createEventLog } from './event-log.ts';
import { finished } from './fixtures/finished.ts';
import { createLogger } from './logger.ts';
import { withoutSecrets } from './secrets.ts';

const KEY = 'plain-key-of-pool-0815';

function logged(secrets?: ReadonlySet<string>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level: 'trace', destination, ...(secrets === undefined ? {} : { secrets }) });
  return { logger, lines, text: () => lines.join('') };
}

describe('an error', () => {
  it('is told by name, message, code, stack and causes, and by nothing else that hangs on it', () => {
    const { logger, lines } = logged();
    const carrying = (message: string, cause?: unknown): Error =>
      Object.assign(new Error(message, { cause }), {
        code: 'UND_ERR_X',
        headers: { authorization: `Bearer ${KEY}`, 'x-api-key': KEY },
        opts: { headers: ['x-api-key', KEY] },
        body: KEY,
        data: KEY,
        socket: { remoteAddress: KEY },
      });
    logger.error(carrying('outer', carrying('middle', carrying('inner'))), 'it failed');
    const line = JSON.parse(lines[0] ?? '') as { msg: string; err: { cause: { cause: object } } };
    expect(line.msg).toBe('it failed');
    expect(Object.keys(line.err)).toEqual(['type', 'message', 'code', 'stack', 'cause']);
    expect(line.err.cause.cause).toMatchObject({ type: 'Error', message: 'inner', code: 'UND_ERR_X' });
    expect(lines[0]).not.toContain(KEY);
  });

  it('whose causes go round in a circle ends', () => {
    const { logger, lines } = logged();
    const error = new Error('round');
    error.cause = error;
    logger.error(error);
    expect(lines).toHaveLength(1);
  });

  it('of a request that carried a key does not carry it', async () => {
    const { logger, text } = logged();
    const noise = createServer((socket) => void socket.end(`HTTP/1.1 nonsense ${KEY}\r\n\r\n`));
    await new Promise<void>((listening) => noise.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void noise.close());
    const { port } = noise.address() as AddressInfo;
    for (const url of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`]) {
      const failure = await request(url, { headers: { authorization: `Bearer ${KEY}` } }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(Error);
      logger.error(new Error('upstream', { cause: failure }), 'unexpected error');
    }
    const invalid = await request('http://127.0.0.1:1', { headers: { authorization: `Bearer ${KEY}\n` } }).catch(
      (error: unknown) => error,
    );
    logger.error(invalid, 'unexpected error');
    for (const code of ['ECONNREFUSED', 'HTTPParserError', 'UND_ERR_INVALID_ARG']) expect(text()).toContain(code);
    expect(text()).not.toContain(KEY);
  });
});

it('an event’s text is cleaned of what looks like a key, and of the keys that the pools hold', () => {
  const { logger, text } = logged(new Set([KEY, 'a']));
  const log = createEventLog(logger);
  const why = `refused Bearer abcdef123456 at http://user:pa55@host/ with {"api_key": "k-1234567"}, ${KEY}`;
  log({ kind: 'endpoint-changed', pool: 'p', endpoint: 'e', state: 'ejected', reason: why });
  log({ kind: 'policy-reloaded', result: 'refused', fingerprint: 'f', detail: why });
  log({ kind: 'store-failed', detail: why });
  log({ kind: 'stage-deferred', route: 'r', pool: 'p', reason: why });
  log({ kind: 'spans-settled', result: 'export-failed', spans: 1, detail: why });
  log({ kind: 'attempt-failed', pool: 'p', endpoint: 'e', code: why });
  log(finished({ errorCode: why, requestedModel: why }));
  for (const line of text().trim().split('\n')) {
    expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(line).toContain('[redacted]');
    for (const secret of ['abcdef123456', 'pa55', 'k-1234567', KEY]) expect(line).not.toContain(secret);
  }
  expect(text()).toContain('http://[redacted]@host/');
});

it('objects that are logged lose their credentials by name', () => {
  const { logger, text } = logged();
  logger.info(
    { apiKey: KEY, pool: { apiKey: KEY, config: { apiKey: KEY } }, request: { headers: { cookie: KEY } } },
    'x',
  );
  expect(text()).not.toContain(KEY);
});

it.each([
  'the answer has 12 tokens: max_tokens=64, tokens: 1200',
  'pool chat (https://models.example/v1): no key; the variable OPENAI_API_KEY is not set',
  'endpoint http://small-1:8000/v1 of pool small is ejected: SLUICE_POOL_BROKEN_OFF',
  '{"password":123456,"secret":true}',
  'dec_0197a1b2c3d47e5f8091a2b3c4d5e6f7 mail me@example.org about task-force-of-the-year-2026',
])('leaves in peace: %s', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

it.each([
  ['Authorization: Bearer eyJhbGciOi.J9.abc', 'eyJhbGciOi'],
  ['key sk-proj-abcdefghijklmnop1234', 'abcdefghijklmnop'],
  ['hf_abcdefghijklmnopqrstuv is wrong', 'abcdefghijklmnop'],
  ['redis://:hunter2@store:6379/0', 'hunter2'],
  ['?api_key=abcdefgh&x=1', 'abcdefgh'],
  [String.raw`{"msg":"{\"password\":\"hunter2\"}"}`, 'hunter2'],
])('cleans %s', (text, secret) => {
  expect(withoutSecrets(text)).not.toContain(secret);
  expect(withoutSecrets(text)).toContain('[redacted]');
});
