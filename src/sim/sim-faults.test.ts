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
  cut: async () => {
    const whole = await (await send('', { stream: true })).text();
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
    const share = received.split('"content"').length / whole.split('"content"').length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.6);
    expect(received).not.toContain('[DONE]');
  },
  slow: async () => {
    const scaled = await startSimServer({ model: 'sim', profile: { ...profile, wMs: 1, hMsPerSeq: 0 }, seed: 1 });
    const elapsed: number[] = [];
    for (const fault of ['', 'slow']) {
      const startMs = performance.now();
      await (await send(fault, { max_tokens: 20 }, scaled)).text();
      elapsed.push(performance.now() - startMs);
    }
    await scaled.close();
    // 20 tokens of 1 ms, and of 10 ms.
    expect(elapsed[1]).toBeGreaterThanOrEqual(199);
    expect(elapsed[0]).toBeLessThan(elapsed[1] ?? 0);
  },
  garbage: async () => {
    const response = await send('garbage');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toMatch(/^<!doctype html>/u);
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
    const whole = await choice('');
    const half = await choice('truncated');
    expect(half.finish).toBe('length');
    expect(half.usage?.completion_tokens).toBe(Math.ceil((whole.usage?.completion_tokens ?? 0) / 2));
    expect(whole.content?.startsWith(half.content ?? '-')).toBe(true);
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
    expect([running, waiting, aborted]).toEqual([0, 0, 1]);
    // 429, 500, garbage, three cuts.
    expect(failed).toBe(6);
  });

  it('refuses a fault that it does not know, naming those it does', async () => {
    const response = await send('earthquake');
    const body = await response.text();
    expect(response.status).toBe(400);
    for (const kind of Object.keys(SIM_FAULTS)) expect(body).toContain(kind);
  });
});

const plan: FaultPlan = [parseFault('500:0.2'), parseFault('429:0.1')];

const draw = (seed: number) => Array.from({ length: 5000 }, (_, i) => drawFault(plan, seed, i) ?? 'none');

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
    expect(statuses).toEqual(Array.from({ length: 30 }, (_, i) => Number(drawFault(plan, 9, i + 1) ?? 200)));
    expect(new Set(statuses)).toEqual(new Set([200, 429, 500]));
  });

  it.each(['500', '500:', '500:2', '500:-1', '500:x', 'earthquake:0.1'])('refuses %s', (text) => {
    expect(() => parseFault(text)).toThrow(/fault/u);
  });
});
