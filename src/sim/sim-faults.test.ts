// Every fault over a real socket, by header and by rate.
import { setImmediate as turn } from 'node:timers/promises';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_PROFILES } from './engine-profiles.ts';
import { drawFault, parseFault, SIM_FAULTS, type FaultKind, type FaultPlan } from './faults.ts';
import { startSimServer, type SimServer } from './sim-server.ts';

const profile = ENGINE_PROFILES['8b-h100'] ?? expect.fail('no such profile');
let server: SimServer;
beforeAll(async () => {
  server = await startSimServer({ model: 'sim', profile, seed: 1, timeScale: 0 });
});
afterAll(() => server.close());

const send = (fault: string, extra: object = {}, to = server, signal?: AbortSignal): Promise<Response> =>
  fetch(`${to.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(fault !== '' && { 'x-sim-fault': fault }) },
    body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content: 'Hi' }], ...extra }),
    ...(signal && { signal }),
  });
async function choice(fault: FaultKind | '', extra: object = {}) {
  const answer: OpenAI.ChatCompletion = JSON.parse(await (await send(fault, extra)).text());
  return { content: answer.choices[0]?.message.content, finish: answer.choices[0]?.finish_reason, usage: answer.usage };
}

/** A stream with usage asked for, as its bytes. */
async function streamed(fault: string, extra: object = {}): Promise<Buffer> {
  const response = await send(fault, { stream: true, stream_options: { include_usage: true }, ...extra });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  return Buffer.from(await response.arrayBuffer());
}
/** Ids tell requests apart and nothing else. */
const anonymous = (bytes: Buffer | string): string =>
  String(bytes)
    .replaceAll(/chatcmpl-sim-\d+/gu, 'chatcmpl')
    .replaceAll(/"created":\d+/gu, '"created":0');
const whole = async (): Promise<string> => anonymous(await streamed(''));

/** One check a fault: the table cannot grow without a test. */
const CHECKS: Readonly<Record<FaultKind, () => Promise<void>>> = {
  '429': async () => {
    const response = await send('429');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded', type: 'rate_limit_error' } });
  },
  '500': async () => {
    const response = await send('500');
    expect([response.status, await response.json()]).toMatchObject([500, { error: { type: 'server_error' } }]);
  },
  '503': async () => {
    const retryAfter = async (fault: string) => {
      const response = await send(fault);
      expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'service_unavailable' } }]);
      return response.headers.get('retry-after');
    };
    expect(await retryAfter('503')).toBe('1');
    expect(await retryAfter('503=Wed, 21 Oct 2026 07:28:00 GMT')).toBe('Wed, 21 Oct 2026 07:28:00 GMT');
  },
  hang: async () => {
    const before = server.stats();
    const controller = new AbortController();
    let answered = false;
    const hung = send('hang', {}, server, controller.signal).then(
      () => (answered = true),
      (error: unknown) => error,
    );
    // Others are served meanwhile.
    while (server.stats().requests === before.requests) await turn();
    await choice('');
    expect(answered).toBe(false);
    controller.abort();
    expect(await hung).toMatchObject({ name: 'AbortError' });
    while (server.stats().aborted === before.aborted) await turn();
  },
  stall: async () => {
    for (const [stream, type] of [
      [true, 'text/event-stream; charset=utf-8'],
      [false, 'application/json'],
    ] as const) {
      const before = server.stats();
      const controller = new AbortController();
      const response = await send('stall', { stream }, server, controller.signal);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      let got = false;
      const read = response.text().then(
        () => (got = true),
        () => 'aborted',
      );
      // Others are served meanwhile.
      await choice('');
      expect(got).toBe(false);
      controller.abort();
      expect(await read).toBe('aborted');
      while (server.stats().aborted === before.aborted) await turn();
    }
  },
  'half-event': async () => {
    const text = anonymous(await streamed('half-event'));
    const all = await whole();
    const cutOff = text.slice(text.lastIndexOf('\n\n') + 2);
    expect(cutOff).toMatch(/^data: \{"id"/u);
    expect(() => JSON.parse(cutOff.slice(6)) as unknown).toThrow(SyntaxError);
    expect(text.split('\n\n').length / all.split('\n\n').length).toBeCloseTo(0.5, 1);
    const response = await send('half-event');
    const body = await response.text();
    expect([response.status, Number(response.headers.get('content-length'))]).toEqual([200, body.length]);
    expect(() => JSON.parse(body) as unknown).toThrow(SyntaxError);
  },
  'error-event': async () => {
    const events = String(await streamed('error-event')).split('\n\n');
    expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
    expect(JSON.parse(events.at(-3)?.slice(6) ?? '')).toMatchObject({ error: { type: 'server_error' } });
    expect(events.length).toBeGreaterThan(10);
    const response = await send('error-event');
    expect([response.status, await response.json()]).toMatchObject([500, { error: { type: 'server_error' } }]);
  },
  cut: async () => {
    const all = await (await send('', { stream: true })).text();
    for (const stream of [true, false]) {
      const response = await send('cut', { stream });
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow('terminated');
    }
    const partial = await send('cut', { stream: true });
    let received = '';
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const bytes of partial.body ?? []) received += decoder.decode(bytes, { stream: true });
    };
    await expect(read()).rejects.toThrow('terminated');
    const share = received.split('"content"').length / all.split('"content"').length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.6);
    expect(received).not.toContain('[DONE]');
  },
  slow: async () => {
    const scaled = await startSimServer({ model: 'sim', profile: { ...profile, wMs: 1, hMsPerSeq: 0 }, seed: 1 });
    const took = async (fault: string): Promise<number> => {
      const startMs = performance.now();
      await (await send(fault, { max_tokens: 20 }, scaled)).text();
      return performance.now() - startMs;
    };
    // 20 tokens of 1 ms, and of 10 ms; the quickest of some, for a machine may stand still now and then.
    const usual = [await took(''), await took(''), await took(''), await took('')];
    const slow = await took('slow');
    await scaled.close();
    expect(slow).toBeGreaterThanOrEqual(199);
    expect(Math.min(...usual)).toBeLessThan(slow);
  },
  garbage: async () => {
    const response = await send('garbage');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toMatch(/^<!doctype html>/u);
  },
  'html-502': async () => {
    const response = await send('html-502');
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(await response.text()).toMatch(/^<!doctype html>/u);
  },
  'not-json': async () => {
    const response = await send('not-json');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/json/u),
    ]);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  },
  'no-done': async () => {
    expect(`${anonymous(await streamed('no-done'))}data: [DONE]\n\n`).toBe(await whole());
  },
  'no-usage': async () => {
    expect(await whole()).toContain('"usage"');
    const text = anonymous(await streamed('no-usage'));
    expect(text).not.toContain('"usage"');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await choice('no-usage')).toMatchObject({ usage: undefined, finish: 'stop' });
  },
  'null-usage': async () => {
    expect(String(await streamed('null-usage'))).toContain('"choices":[],"usage":{"prompt_tokens":null,');
    expect((await choice('null-usage')).usage).toMatchObject({ prompt_tokens: null, completion_tokens: null });
  },
  'huge-event': async () => {
    for (const [fault, bytes] of [
      ['huge-event', 10_000_000],
      ['huge-event=5000', 5000],
    ] as const) {
      const [first = '', ...rest] = anonymous(await streamed(fault)).split('\n\n');
      expect(first.length).toBeGreaterThan(bytes);
      expect(first.length).toBeLessThan(bytes + 500);
      const { padding: _padding, ...event } = JSON.parse(first.slice(6)) as { padding: string };
      expect([`data: ${JSON.stringify(event)}`, ...rest].join('\n\n')).toBe(await whole());
    }
  },
  'tight-events': async () => {
    const text = anonymous(await streamed('tight-events'));
    expect(text).not.toContain('data: ');
    expect(text.replaceAll(/^data:/gmu, 'data: ')).toBe(await whole());
  },
  crlf: async () => {
    const text = anonymous(await streamed('crlf'));
    expect(text.match(/(?<!\r)\n/u)).toBeNull();
    expect(text.replaceAll('\r\n', '\n')).toBe(await whole());
  },
  comments: async () => {
    const text = anonymous(await streamed('comments'));
    expect(text.split(': keep-alive\n\n').length).toBe(text.split('data: ').length);
    expect(text.replaceAll(': keep-alive\n\n', '')).toBe(await whole());
  },
  bytes: async () => {
    const response = await fetch(`${server.url}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-sim-fault': 'bytes' },
      body: JSON.stringify({ model: 'sim', prompt: 'Grüße 🙂', echo: true, stream: true }),
    });
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true });
    expect(text).toContain('"text":"Grüße 🙂This"');
    expect(anonymous(await streamed('bytes'))).toBe(await whole());
  },
  empty: async () => {
    expect(await choice('empty')).toMatchObject({ content: '', finish: 'stop' });
  },
  refusal: async () => {
    expect(await choice('refusal')).toMatchObject({
      content: "I'm sorry, but I can't help with that.",
      finish: 'stop',
    });
  },
  truncated: async () => {
    const all = await choice('');
    const half = await choice('truncated');
    expect(half.finish).toBe('length');
    expect(half.usage?.completion_tokens).toBe(Math.ceil((all.usage?.completion_tokens ?? 0) / 2));
    expect(all.content?.startsWith(half.content ?? '-')).toBe(true);
  },
  'bad-json': async () => {
    const { content, finish } = await choice('bad-json', { response_format: { type: 'json_object' } });
    expect(finish).toBe('stop');
    expect(() => JSON.parse(content ?? '{}') as unknown).toThrow(SyntaxError);
  },
};

describe('faults by header', () => {
  it('are all checked', () => {
    expect(Object.keys(CHECKS).toSorted()).toEqual(Object.keys(SIM_FAULTS).toSorted());
  });

  it.each(Object.entries(CHECKS))('%s', async (_kind, check) => {
    await check();
  });

  it('count: every request ended in exactly one way', () => {
    const { requests, completed, aborted, failed, running, waiting } = server.stats();
    expect(requests).toBe(completed + aborted + failed);
    // One hang, two stalls.
    expect([running, waiting, aborted]).toEqual([0, 0, 3]);
    // Four refusals, two pages of HTML, broken JSON, three cuts, twice half an event, two error events.
    expect(failed).toBe(14);
  });

  it('refuses a fault that it does not know, naming those it does', async () => {
    const response = await send('earthquake');
    const body = await response.text();
    expect(response.status).toBe(400);
    for (const kind of Object.keys(SIM_FAULTS)) expect(body).toContain(kind);
  });
});

describe('values', () => {
  it('are taken: a retry-after, a slowdown', async () => {
    expect((await send('429=120')).headers.get('retry-after')).toBe('120');
    expect((await send('slow=0')).status).toBe(400);
    expect((await send('hang=1')).status).toBe(400);
  });
});

const plan: FaultPlan = [parseFault('500:0.2'), parseFault('429:0.1')];

const draw = (seed: number) => Array.from({ length: 5000 }, (_, i) => drawFault(plan, seed, i)?.kind ?? 'none');

describe('faults by rate', () => {
  it('come at their rates, the same for the same seed and in another order for another', () => {
    const share = (kind: string) => draw(1).filter((drawn) => drawn === kind).length / 5000;
    // Three standard deviations at n = 5000.
    expect(share('500')).toBeGreaterThan(0.183);
    expect(share('500')).toBeLessThan(0.217);
    expect(share('429')).toBeGreaterThan(0.087);
    expect(share('429')).toBeLessThan(0.113);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('hit requests of the server in that order', async () => {
    const failing = await startSimServer({ model: 'sim', profile, seed: 9, timeScale: 0, faults: plan });
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) {
      const response = await send('', {}, failing);
      await response.text();
      statuses.push(response.status);
    }
    await failing.close();
    expect(statuses).toEqual(Array.from({ length: 30 }, (_, i) => Number(drawFault(plan, 9, i + 1)?.kind ?? 200)));
    expect(new Set(statuses)).toEqual(new Set([200, 429, 500]));
  });

  it('may have a value', () => {
    expect(parseFault('429=30:0.5')).toEqual({ kind: '429', value: '30', rate: 0.5 });
    expect(parseFault('503=Wed, 21 Oct 2026 07:28:00 GMT:1')).toMatchObject({ kind: '503', rate: 1 });
  });

  it.each(['500', '500:', '500:2', '500:-1', '500:x', 'earthquake:0.1', '500=1:1', 'slow=0:1', 'slow=x:1', '429=\n:1'])(
    'refuses %s',
    (text) => {
      expect(() => parseFault(text)).toThrow(/fault/u);
    },
  );
});
