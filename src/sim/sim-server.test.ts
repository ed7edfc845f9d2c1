// The simulated server over real sockets: plain, streamed, metrics, aborts, refusals, and the openai client.
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { ENGINE_PROFILES } from './engine-profiles.ts';
import { FAST, start, until, user } from './fixtures/servers.ts';
import { startSimServer, type SimServer } from './sim-server.ts';

const chat = (server: SimServer, body: object | string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify({ model: 'sim', messages: user('Hi'), ...body }),
    ...(signal && { signal }),
  });
const client = (server: SimServer): OpenAI => new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });

interface Chunk {
  readonly choices: readonly { delta: { content?: string; role?: string }; finish_reason: string | null }[];
  readonly usage?: { completion_tokens: number; prompt_tokens: number; total_tokens: number };
}
function events(text: string): { chunks: Chunk[]; last: string } {
  const data = text
    .split('\n\n')
    .filter((part) => part !== '')
    .map((part) => part.replace(/^data: /u, ''));
  const chunks: Chunk[] = JSON.parse(`[${data.slice(0, -1).join(',')}]`);
  return { chunks, last: data.at(-1) ?? '' };
}

describe('plain and streamed answers', () => {
  it('agree: same text, and usage counts the content chunks', async () => {
    const server = await start();
    const plain = await client(server).chat.completions.create({ model: 'sim', messages: user('Hi') });
    const response = await chat(server, { stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/u);
    const { chunks, last } = events(await response.text());
    expect(last).toBe('[DONE]');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    const content = chunks.slice(1, -2).map((chunk) => chunk.choices[0]?.delta.content ?? '');
    expect(content.join('')).toBe(plain.choices[0]?.message.content);
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: plain.usage ?? {} });
    expect(plain.usage).toEqual({
      prompt_tokens: 1,
      completion_tokens: content.length,
      total_tokens: content.length + 1,
    });
  });

  it('leave the usage chunk out of a stream that does not ask for it', async () => {
    const { chunks } = events(await (await chat(await start(), { stream: true })).text());
    expect(chunks.filter((chunk) => chunk.usage !== undefined)).toEqual([]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('are the same on another server with the same seed', async () => {
    const texts = [];
    for (const seed of [3, 3, 4]) {
      const answer = await client(await start({ seed })).chat.completions.create({ model: 'sim', messages: user('Q') });
      texts.push(answer.choices[0]?.message.content);
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });

  it('stop at max_tokens', async () => {
    const answer = await client(await start()).chat.completions.create({
      model: 'sim',
      messages: user('Q'),
      max_tokens: 4,
    });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(4);
  });

  it('take the time that the profile says', async () => {
    const server = await start({ timeScale: 1, profile: { ...FAST, wMs: 10, prefillMsPerToken: 100 } });
    const startMs = performance.now();
    const response = await chat(server, { stream: true, max_tokens: 10, messages: user('12345678') });
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    await reader.read();
    const ttftMs = performance.now() - startMs;
    while (!(await reader.read()).done);
    const e2eMs = performance.now() - startMs;
    // Two prompt tokens: 200 ms of prefill and a step; nine more steps. Only the lower bounds are sure on a busy machine.
    expect(ttftMs).toBeGreaterThan(205);
    expect(e2eMs).toBeGreaterThanOrEqual(299);
    expect(server.stats()).toMatchObject({ promptTokens: 2, generatedTokens: 10, completed: 1 });
  });
});

describe('engine and counts', () => {
  it('removes requests of gone clients before their first byte, running or waiting', async () => {
    const server = await start({ timeScale: 1, profile: { ...FAST, wMs: 60_000 } });
    const controllers = [0, 1, 2].map(() => new AbortController());
    const asked = controllers.map(({ signal }) => chat(server, {}, signal).catch((error: unknown) => error));
    // The first is in a step of a minute, the others wait for the next.
    await until(() => server.stats().waiting === 2);
    expect(server.stats()).toMatchObject({ requests: 3, running: 1, maxRunning: 1 });
    for (const controller of controllers) controller.abort();
    await Promise.all(asked);
    await until(() => server.stats().aborted === 3);
    expect(server.stats()).toMatchObject({ running: 0, waiting: 0, completed: 0, generatedTokens: 0 });
  });

  it('shows vLLM metrics that agree with what clients saw', async () => {
    const server = await start({ model: 'sim' });
    const bodies = await Promise.all(
      ['a', 'b', 'c'].map(async (text) => (await chat(server, { messages: user(text), max_tokens: 30 })).text()),
    );
    const answers: OpenAI.ChatCompletion[] = JSON.parse(`[${bodies.join(',')}]`);
    const page = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    const labels = 'model_name="sim",engine="0"';
    const generated = answers.reduce((total, answer) => total + (answer.usage?.completion_tokens ?? 0), 0);
    const reasons = answers.map((answer) => answer.choices[0]?.finish_reason);
    for (const line of [
      `vllm:num_requests_running{${labels}} 0`,
      `vllm:num_requests_waiting{${labels}} 0`,
      `vllm:prompt_tokens_total{${labels}} 3`,
      `vllm:generation_tokens_total{${labels}} ${generated}`,
      `vllm:request_success_total{${labels},finished_reason="stop"} ${reasons.filter((reason) => reason === 'stop').length}`,
      `vllm:request_success_total{${labels},finished_reason="length"} ${reasons.filter((reason) => reason === 'length').length}`,
    ]) {
      expect(page.split('\n')).toContain(line);
    }
    expect(server.stats()).toMatchObject({ requests: 3, completed: 3, generatedTokens: generated, promptTokens: 3 });
  });

  it('answers /health, and unknown routes with an envelope', async () => {
    const server = await start();
    const base = `http://127.0.0.1:${server.port}`;
    expect((await fetch(`${base}/health`)).status).toBe(200);
    const unknown = await fetch(`${base}/v1/nothing`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
  });

  it.each([
    ['broken JSON', '{"model":', 400, 'invalid_request', null],
    ['no messages', { messages: [] }, 400, 'invalid_request', 'messages'],
    ['max_tokens 0', { max_tokens: 0 }, 400, 'invalid_request', 'max_tokens'],
    ['too long', { messages: user('x'.repeat(50_000)) }, 400, 'context_length_exceeded', 'messages'],
  ])('refuses %s and counts it as failed', async (_name, body, status, code, param) => {
    const server = await start();
    const response = await chat(server, body);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code, param } }]);
    expect(server.stats()).toMatchObject({ requests: 1, failed: 1, completed: 0 });
  });

  it('drops what is open when it closes', async () => {
    const server = await startSimServer({ model: 'sim', profile: { ...FAST, wMs: 60_000 }, seed: 1 });
    const asked = chat(server, {}).catch((error: unknown) => error);
    await until(() => server.stats().running === 1);
    await server.close();
    expect(await asked).toBeInstanceOf(TypeError);
    await until(() => server.stats().aborted === 1);
    await expect(fetch(`${server.url}/models`)).rejects.toThrow('fetch failed');
  });

  it('refuses options that make no sense', async () => {
    await expect(start({ timeScale: -1 })).rejects.toMatchObject({ code: 'SLUICE_SIM_OPTIONS_INVALID' });
    await expect(start({ faults: [{ kind: '500', rate: 2 }] })).rejects.toMatchObject({
      code: 'SLUICE_SIM_OPTIONS_INVALID',
    });
  });

  it('has profiles with every number above zero', () => {
    for (const [name, { source, ...numbers }] of Object.entries(ENGINE_PROFILES)) {
      expect(source, name).not.toBe('');
      expect(
        Object.values(numbers).every((value) => value > 0),
        name,
      ).toBe(true);
    }
  });
});
