// Is every lie of the lying server really told? Seen by a client in raw TCP, which believes nothing.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIE_KINDS, startLyingServer, TRUE_USAGE, TRUTH, type Lie, type LyingServer } from './lying-server.ts';

interface Heard {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** After the head, as it came. */
  readonly body: Buffer;
  readonly reset: boolean;
}

const request = (streams: boolean): string => {
  const body = JSON.stringify({ model: 'liar', messages: [{ role: 'user', content: 'Hi' }], stream: streams });
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: liar\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

/** Says that nothing more will come, which makes the server close once it has said its lie. */
async function hear(server: LyingServer, streams: boolean, waits = false): Promise<{ bytes: Buffer; reset: boolean }> {
  const parts: Buffer[] = [];
  let reset = false;
  await new Promise<void>((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (bytes) => {
      parts.push(bytes);
      if (waits && Buffer.concat(parts).includes('[DONE]\n\n\r\n0\r\n\r\n')) socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (reset = error.code === 'ECONNRESET'));
    socket.on('close', () => resolve());
    if (waits) socket.write(request(streams));
    else socket.end(request(streams));
  });
  return { bytes: Buffer.concat(parts), reset };
}

function parse(bytes: Buffer): Omit<Heard, 'reset'> {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, Math.max(0, end)).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) };
}

async function told(lie: Lie, streams: boolean): Promise<Heard> {
  const { bytes, reset } = await hear(await startLyingServer([lie]), streams);
  return { ...parse(bytes), reset };
}

/** The chunks of a chunked body, and whether the last one came. */
function chunksOf(body: Buffer): { chunks: Buffer[]; ended: boolean; trailers: string } {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const line = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, line), 16);
    if (size === 0) return { chunks, ended: true, trailers: body.toString('latin1', line + 2) };
    chunks.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return { chunks, ended: false, trailers: '' };
}
const joined = (body: Buffer): string => Buffer.concat(chunksOf(body).chunks).toString('utf8');
const lengthOf = (heard: Heard): number => Number(heard.headers.get('content-length'));
const contentOf = (body: string): string => {
  const answer = JSON.parse(body) as { choices: { message: { content: string } }[] };
  return answer.choices[0]?.message.content ?? '';
};
/** What a stream says, read by the rules of SSE for well-formed events. */
function spoken(text: string): { content: string; done: boolean; usage: unknown } {
  const data = text.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []));
  const events = data
    .filter((one) => one !== '[DONE]')
    .map((one) => JSON.parse(one) as { choices?: { delta: { content?: string } }[]; usage?: unknown });
  return {
    content: events.map(({ choices }) => choices?.[0]?.delta.content ?? '').join(''),
    done: data.at(-1) === '[DONE]',
    usage: events.at(-1)?.usage,
  };
}
const ALL = { content: TRUTH.join(''), done: true, usage: TRUE_USAGE };
const honest = async (): Promise<string> => joined((await told({ kind: 'honest' }, true)).body);
async function isHonest(heard: Heard, streams: boolean): Promise<void> {
  expect(heard.status).toBe(200);
  if (streams) expect(spoken(joined(heard.body))).toEqual(ALL);
  else expect([contentOf(heard.body.toString()), lengthOf(heard)]).toEqual([ALL.content, heard.body.length]);
}
const both = [true, false] as const;

/** One check a lie: none can be added without. */
const CHECKS: { readonly [Kind in Lie['kind']]: () => Promise<void> } = {
  honest: async () => {
    for (const streams of both) await isHonest(await told({ kind: 'honest' }, streams), streams);
  },
  refusal: async () => {
    const heard = await told({ kind: 'refusal', status: 503, retryAfter: '7' }, true);
    expect([heard.status, heard.headers.get('retry-after'), lengthOf(heard)]).toEqual([503, '7', heard.body.length]);
    expect(JSON.parse(heard.body.toString())).toHaveProperty('error');
    expect((await told({ kind: 'refusal', status: 429 }, true)).headers.has('retry-after')).toBe(false);
  },
  hang: async () => {
    const server = await startLyingServer([{ kind: 'hang' }]);
    expect((await hear(server, true)).bytes).toHaveLength(0);
    expect(server.seen).toHaveLength(1);
  },
  stall: async () => {
    for (const streams of both) {
      const { status, headers, body } = await told({ kind: 'stall' }, streams);
      expect([status, headers.get('transfer-encoding'), body.length]).toEqual([200, 'chunked', 0]);
      expect(headers.get('content-type')).toMatch(streams ? /^text\/event-stream/u : /^application\/json/u);
    }
  },
  cut: async () => {
    for (const how of ['close', 'reset'] as const) {
      // A client that has half closed cannot tell a close from an end: it waits for more.
      const { bytes, reset } = await hear(await startLyingServer([{ kind: 'cut', how }]), true, true);
      const { chunks, ended } = chunksOf(parse(bytes).body);
      expect([chunks.length, ended, reset]).toEqual([4, false, how === 'reset']);
    }
    const plain = await told({ kind: 'cut', how: 'close' }, false);
    expect(plain.body.length).toBe(lengthOf(plain) >> 1);
  },
  'half-event': async () => {
    const { body } = await told({ kind: 'half-event' }, true);
    expect(chunksOf(body).ended).toBe(true);
    const text = joined(body);
    expect([(await honest()).startsWith(text), text.endsWith('\n')]).toEqual([true, false]);
    expect(text.split('\n\n')).toHaveLength(4);
  },
  slow: async () => {
    const startMs = performance.now();
    const { bytes } = await hear(await startLyingServer([{ kind: 'slow', everyMs: 5 }]), true, true);
    // Ten pauses; timers may be 1 ms early.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(40);
    expect(spoken(joined(parse(bytes).body))).toEqual(ALL);
  },
  html: async () => {
    for (const status of [200, 502] as const) {
      const heard = await told({ kind: 'html', status }, true);
      expect([heard.status, heard.headers.get('content-type')]).toEqual([status, 'text/html']);
      expect(heard.body.toString()).toMatch(/^<!doctype html>/u);
    }
  },
  'broken-json': async () => {
    const heard = await told({ kind: 'broken-json' }, false);
    expect([heard.status, heard.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(lengthOf(heard)).toBe(heard.body.length);
    expect(() => JSON.parse(heard.body.toString()) as unknown).toThrow(SyntaxError);
  },
  'huge-event': async () => {
    const text = joined((await told({ kind: 'huge-event', bytes: 10_000_000 }, true)).body);
    expect(Math.abs(text.indexOf('\n\n') - 10_000_000)).toBeLessThan(10);
    expect(spoken(text)).toEqual(ALL);
  },
  gzip: async () => {
    for (const streams of both) {
      const heard = await told({ kind: 'gzip' }, streams);
      expect(heard.headers.get('content-encoding')).toBe('gzip');
      const text = gunzipSync(heard.body).toString();
      if (streams) expect(spoken(text)).toEqual(ALL);
      else expect(contentOf(text)).toBe(ALL.content);
    }
  },
  'length-too-long': async () => {
    for (const after of ['close', 'wait'] as const) {
      const heard = await told({ kind: 'length-too-long', after }, false);
      expect(lengthOf(heard)).toBe(heard.body.length + 10);
      expect(contentOf(heard.body.toString())).toBe(ALL.content);
    }
  },
  'length-too-short': async () => {
    const heard = await told({ kind: 'length-too-short' }, false);
    expect(lengthOf(heard)).toBe(heard.body.length - 10);
  },
  redirect: async () => {
    const heard = await told({ kind: 'redirect', to: 'http://127.0.0.1:9/v1/chat/completions' }, true);
    expect([heard.status, heard.headers.get('location')]).toEqual([307, 'http://127.0.0.1:9/v1/chat/completions']);
  },
  'early-hints': async () => {
    for (const streams of both) {
      const { status, body } = await told({ kind: 'early-hints' }, streams);
      expect(status).toBe(103);
      await isHonest({ ...parse(body), reset: false }, streams);
    }
  },
  continue: async () => {
    for (const streams of both) {
      const { status, headers, body } = await told({ kind: 'continue' }, streams);
      expect([status, headers.size]).toEqual([100, 0]);
      await isHonest({ ...parse(body), reset: false }, streams);
    }
  },
  trailers: async () => {
    for (const streams of both) {
      const { headers, body } = await told({ kind: 'trailers' }, streams);
      expect(headers.get('trailer')).toBe('x-checksum');
      expect(chunksOf(body).trailers).toBe('x-checksum: 12345\r\nx-unannounced: yes\r\n\r\n');
      if (streams) expect(spoken(joined(body))).toEqual(ALL);
      else expect(contentOf(joined(body))).toBe(ALL.content);
    }
  },
  'error-event': async () => {
    const events = joined((await told({ kind: 'error-event' }, true)).body).split('\n\n');
    expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
    expect(JSON.parse(events.at(-3)?.slice(6) ?? '')).toMatchObject({ error: { type: 'server_error' } });
    expect((await honest()).startsWith(events.slice(0, -3).join('\n\n'))).toBe(true);
  },
  'no-done': async () => {
    const { body } = await told({ kind: 'no-done' }, true);
    expect([chunksOf(body).ended, spoken(joined(body))]).toEqual([true, { ...ALL, done: false }]);
  },
  'no-usage': async () => {
    expect(spoken(joined((await told({ kind: 'no-usage' }, true)).body))).toEqual({ ...ALL, usage: undefined });
    const plain = (await told({ kind: 'no-usage' }, false)).body.toString();
    expect([contentOf(plain), plain.includes('usage')]).toEqual([ALL.content, false]);
  },
  'null-usage': async () => {
    const usage = { prompt_tokens: null, completion_tokens: null, total_tokens: null };
    expect(spoken(joined((await told({ kind: 'null-usage' }, true)).body))).toEqual({ ...ALL, usage });
    expect(JSON.parse((await told({ kind: 'null-usage' }, false)).body.toString())).toMatchObject({ usage });
  },
  'tight-events': async () => {
    const text = joined((await told({ kind: 'tight-events' }, true)).body);
    expect(text).not.toContain('data: ');
    expect(text.replaceAll('data:', 'data: ')).toBe(await honest());
  },
  crlf: async () => {
    const text = joined((await told({ kind: 'crlf' }, true)).body);
    expect(/(?<!\r)\n/u.test(text)).toBe(false);
    expect(text.replaceAll('\r\n', '\n')).toBe(await honest());
  },
  comments: async () => {
    const text = joined((await told({ kind: 'comments' }, true)).body);
    expect(text.match(/^: keep-alive$/gmu)).toHaveLength(9);
    expect(text.replaceAll(/^:.*\n\n/gmu, '')).toBe(await honest());
  },
  split: async () => {
    const { chunks } = chunksOf((await told({ kind: 'split', bytes: 1 }, true)).body);
    expect(new Set(chunks.map(({ length }) => length))).toEqual(new Set([1]));
    expect(Buffer.concat(chunks).toString()).toBe(await honest());
    // No chunk holds a whole character of more than a byte.
    expect(chunks.some((chunk) => chunk.toString() === 'ü')).toBe(false);
    const sevens = chunksOf((await told({ kind: 'split', bytes: 7 }, true)).body).chunks;
    expect(sevens.some((chunk) => chunk.toString().includes('\ufffd'))).toBe(true);
  },
};

describe('the lying server', () => {
  it('has a check for every lie', () => {
    expect(Object.keys(CHECKS).toSorted()).toEqual([...LIE_KINDS].toSorted());
  });

  it.each(Object.entries(CHECKS))('tells: %s', async (_kind, check) => {
    await check();
  });

  it('follows its script, the last lie for ever, also on one connection, and keeps what it was sent', async () => {
    const server = await startLyingServer([{ kind: 'refusal', status: 500 }, { kind: 'honest' }]);
    const bytes = await new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = [];
      const socket = connect(server.port, '127.0.0.1');
      socket.on('data', (part) => parts.push(part)).on('close', () => resolve(Buffer.concat(parts)));
      // In pieces, and three requests at once.
      const all = request(false).repeat(3);
      socket.write(all.slice(0, 30));
      socket.end(all.slice(30));
    });
    expect(bytes.toString().match(/HTTP\/1\.1 \d+/gu)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(server.seen).toHaveLength(3);
    expect(server.seen[2]?.head).toMatch(/^POST \/v1\/chat\/completions/u);
    expect(JSON.parse(server.seen[2]?.body ?? '')).toMatchObject({ model: 'liar' });
  });

  it('is believed by fetch where it tells the truth', async () => {
    const server = await startLyingServer([{ kind: 'split', bytes: 3 }]);
    const response = await fetch(`${server.url}/chat/completions`, { method: 'POST', body: '{"stream": true}' });
    expect(spoken(await response.text())).toEqual(ALL);
  });
});
