// Completions and embeddings over real sockets: shapes as vLLM sends them, several prompts and answers, cache, cost, refusals.
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { FAST, start } from './fixtures/servers.ts';
import type { SimServer } from './sim-server.ts';

const client = (server: SimServer): OpenAI => new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
const post = (server: SimServer, path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim', ...body }),
  });
async function complete(server: SimServer, body: object): Promise<OpenAI.Completion> {
  return JSON.parse(await (await post(server, 'completions', body)).text()) as OpenAI.Completion;
}
async function embed(server: SimServer, body: object): Promise<OpenAI.CreateEmbeddingResponse> {
  return JSON.parse(await (await post(server, 'embeddings', body)).text()) as OpenAI.CreateEmbeddingResponse;
}
interface Chunk {
  readonly object: string;
  readonly choices: readonly { readonly index: number; readonly text: string; readonly finish_reason: string | null }[];
  readonly usage: OpenAI.CompletionUsage | null;
}
async function chunksOf(response: Response): Promise<readonly Chunk[]> {
  const events = (await response.text()).split('\n\n').map((event) => event.replace(/^data: /u, ''));
  expect(events.slice(-2)).toEqual(['[DONE]', '']);
  return JSON.parse(`[${events.slice(0, -2).join(',')}]`) as Chunk[];
}

describe('POST /v1/completions', () => {
  it('answers one text in the shape of vLLM, 16 tokens unless more are asked for', async () => {
    const server = await start();
    const answer = await complete(server, { prompt: 'Once upon a time' });
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^cmpl-/u) as string,
      object: 'text_completion',
      model: 'sim',
      choices: [{ index: 0, logprobs: null, finish_reason: 'length', stop_reason: null }],
      usage: { prompt_tokens: 4, completion_tokens: 16, total_tokens: 20 },
    });
    const whole = await complete(server, { prompt: 'Once upon a time', max_tokens: 1000 });
    expect(whole.choices[0]?.finish_reason).toBe('stop');
    expect(whole.choices[0]?.text.startsWith(answer.choices[0]?.text ?? '-')).toBe(true);
  });

  it('numbers the answers of several prompts, n to each, and counts each prompt once', async () => {
    const server = await start({ profile: { ...FAST, maxSeqs: 16 } });
    const answer = await complete(server, { prompt: ['first prompt', 'and the second one'], n: 3, max_tokens: 100 });
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    // Drawn among 101 lengths: two may be the same.
    expect(new Set(answer.choices.map(({ text }) => text)).size).toBeGreaterThanOrEqual(5);
    const tokens = answer.choices.map(({ text }) => text.trim().split(/\s+/u).length);
    expect(answer.usage).toMatchObject({
      prompt_tokens: 3 + 5,
      completion_tokens: tokens.reduce((total, count) => total + count, 0),
    });
    const alone = await complete(server, { prompt: 'and the second one', max_tokens: 100 });
    expect(alone.choices[0]?.text).toBe(answer.choices[3]?.text);
    expect(server.stats()).toMatchObject({ requests: 2, completed: 2, running: 0 });
  });

  it('streams the same texts, told apart by index, with a usage chunk where asked for', async () => {
    const server = await start({ profile: { ...FAST, maxSeqs: 16 } });
    const body = { prompt: ['one', 'two'], n: 2, max_tokens: 40 };
    const plain = await complete(server, body);
    const response = await post(server, 'completions', {
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/u);
    const chunks = await chunksOf(response);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['text_completion']));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: plain.usage });
    const choices = chunks.slice(0, -1).map(({ choices: [choice], usage }) => {
      expect(usage).toBeNull();
      return choice ?? expect.fail('a chunk without a choice');
    });
    for (const { index, text, finish_reason: finish } of plain.choices) {
      const mine = choices.filter((choice) => choice.index === index);
      expect(mine.map((choice) => choice.text).join('')).toBe(text);
      expect(mine.map((choice) => choice.finish_reason)).toEqual([...mine.slice(1).map(() => null), finish]);
    }
    const without = await chunksOf(await post(server, 'completions', { ...body, stream: true }));
    expect(without.at(-1)?.choices).toHaveLength(1);
  });

  it('takes token ids, one prompt or several, and echoes a prompt', async () => {
    const server = await start();
    const one = await complete(server, { prompt: [11, 22, 33], echo: true, max_tokens: 2 });
    expect(one.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
    expect(one.choices[0]?.text).toMatch(/^<11><22><33>\S/u);
    const two = await complete(server, { prompt: [[1], [2, 3]], max_tokens: 2 });
    expect([two.choices.length, two.usage?.prompt_tokens]).toEqual([2, 3]);
    const only = await complete(server, { prompt: 'Only this.', echo: true, max_tokens: 0 });
    expect([only.choices[0]?.text, only.usage?.completion_tokens]).toEqual(['Only this.', 0]);
    const stream = await chunksOf(
      await post(server, 'completions', { prompt: 'Only this.', echo: true, max_tokens: 0, stream: true }),
    );
    expect(stream.flatMap(({ choices }) => choices)).toMatchObject([{ text: 'Only this.', finish_reason: 'length' }]);
  });

  it('has logprobs in four parallel lists', async () => {
    const answer = await complete(await start(), { prompt: 'Hi', logprobs: 2, max_tokens: 5, echo: true });
    const [choice] = answer.choices;
    const { tokens = [], token_logprobs: logprobs, text_offset: offsets, top_logprobs: top } = choice?.logprobs ?? {};
    expect([tokens.length, logprobs?.length, offsets?.length, top?.length]).toEqual([5, 5, 5, 5]);
    for (const [i, token] of tokens.entries()) {
      expect(choice?.text.slice(offsets?.[i]).startsWith(token)).toBe(true);
      expect(top?.[i]?.[token]).toBe(logprobs?.[i]);
      expect(Object.keys(top?.[i] ?? {})).toHaveLength(2);
    }
  });

  it('shares the prefix cache with its own kind, texts and token ids, and reports it', async () => {
    const server = await start();
    const ids = Array.from({ length: 100 }, (_, i) => i);
    for (const prompt of ['x'.repeat(400), ids]) {
      const [cold, warm] = [await complete(server, { prompt }), await complete(server, { prompt })];
      expect(cold.usage).not.toHaveProperty('prompt_tokens_details');
      expect(warm.usage).toMatchObject({ prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 96 } });
    }
    const longer = await complete(server, { prompt: [...ids.slice(0, 50), ...ids] });
    expect(longer.usage?.prompt_tokens_details?.cached_tokens).toBe(48);
    const several = await complete(server, { prompt: [ids, [...ids, 7]], n: 2 });
    expect(several.usage).toMatchObject({ prompt_tokens: 201, prompt_tokens_details: { cached_tokens: 192 } });
  });

  it('is read by the openai client', async () => {
    const openai = client(await start());
    const plain = await openai.completions.create({ model: 'sim', prompt: 'Hi', max_tokens: 8 });
    let text = '';
    const stream = await openai.completions.create({ model: 'sim', prompt: 'Hi', max_tokens: 8, stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    expect(text).toBe(plain.choices[0]?.text);
  });

  it.each([
    ['no prompt', {}, 400, 'prompt'],
    ['an empty list', { prompt: [] }, 400, 'prompt'],
    ['max_tokens 0 without echo', { prompt: 'x', max_tokens: 0 }, 400, 'max_tokens'],
    ['too many answers', { prompt: Array.from({ length: 100 }, () => 'x'), n: 100 }, 400, 'n'],
    ['a prompt that does not fit', { prompt: ['x', 'x'.repeat(50_000)] }, 400, 'prompt'],
    ['another model', { model: 'other', prompt: 'x' }, 404, 'model'],
  ])('refuses %s and counts it as failed', async (_name, body, status, param) => {
    const server = await start();
    const response = await post(server, 'completions', body);
    expect(response.status).toBe(status);
    const envelope = (await response.json()) as { error: { param: string | null; message: string } };
    expect(envelope.error.message).not.toBe('');
    expect([param, null]).toContain(envelope.error.param);
    expect(server.stats()).toMatchObject({ requests: 1, failed: 1 });
  });
});

describe('POST /v1/embeddings', () => {
  it('answers unit vectors, the same for the same text and nearly orthogonal for another', async () => {
    const server = await start();
    const input = ['a text', 'another text', 'a text'];
    const answer = await embed(server, { input });
    expect(answer).toMatchObject({
      object: 'list',
      model: 'sim',
      usage: { prompt_tokens: 2 + 3 + 2, total_tokens: 7 },
    });
    expect(answer.data.map(({ index, object }) => [index, object])).toEqual([0, 1, 2].map((i) => [i, 'embedding']));
    const [a = [], b = [], again] = answer.data.map(({ embedding }) => embedding);
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, one, i) => sum + one * (y[i] ?? 0), 0);
    expect(a).toHaveLength(1024);
    expect(dot(a, a)).toBeCloseTo(1, 5);
    expect(again).toEqual(a);
    // Six standard deviations of 1 / sqrt(1024).
    expect(Math.abs(dot(a, b))).toBeLessThan(0.19);
    const elsewhere = await embed(await start(), { input: 'a text' });
    expect(elsewhere.data[0]?.embedding).toEqual(a);
  });

  it('gives the first dimensions of the whole vector, and base64 of the same floats', async () => {
    const server = await start();
    const whole = (await embed(server, { input: 'x' })).data[0]?.embedding ?? [];
    const short = (await embed(server, { input: 'x', dimensions: 8 })).data[0]?.embedding ?? [];
    const norm = Math.hypot(...whole.slice(0, 8));
    expect(short).toHaveLength(8);
    for (const [i, x] of short.entries()) expect(x).toBeCloseTo((whole[i] ?? 0) / norm, 6);
    const packed = await embed(server, { input: 'x', dimensions: 8, encoding_format: 'base64' });
    const bytes = Buffer.from(String(packed.data[0]?.embedding), 'base64');
    expect(short.map((_, i) => bytes.readFloatLE(i * 4))).toEqual(short);
    const viaClient = await client(server).embeddings.create({ model: 'sim', input: 'x', dimensions: 8 });
    expect(viaClient.data[0]?.embedding).toEqual(short);
  });

  it('costs a prefill and no generation, less what the prefix cache has', async () => {
    const server = await start();
    const ids = Array.from({ length: 64 }, (_, i) => i);
    const cold = await embed(server, { input: [ids, [1, 2]] });
    expect(cold.usage).toEqual({ prompt_tokens: 66, completion_tokens: 0, total_tokens: 66 });
    expect((await embed(server, { input: ids })).usage).toMatchObject({ prompt_tokens_details: { cached_tokens: 48 } });
    expect(server.stats()).toMatchObject({ promptTokens: 130, generatedTokens: 0, completed: 2, prefixHitTokens: 48 });
    // A step of prefill: 1 ms a token, and 2 for the step.
    const slow = await start({ timeScale: 1, profile: { ...FAST, prefillMsPerToken: 1 } });
    const startMs = performance.now();
    await embed(slow, { input: ids });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(65);
  });

  it.each([
    ['no input', {}, 400],
    ['too many dimensions', { input: 'x', dimensions: 4096 }, 400],
    ['an unknown encoding', { input: 'x', encoding_format: 'hex' }, 400],
    ['token ids among texts', { input: ['x', 1] }, 400],
    ['an input that does not fit', { input: 'x'.repeat(50_000) }, 400],
    ['another model', { model: 'other', input: 'x' }, 404],
  ])('refuses %s', async (_name, body, status) => {
    const response = await post(await start(), 'embeddings', body);
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([status, ['error']]);
  });
});

describe('GET /v1/models', () => {
  it('describes the model as vLLM does', async () => {
    const response = await fetch(`${(await start()).url}/models`);
    expect(await response.json()).toMatchObject({
      object: 'list',
      data: [{ id: 'sim', object: 'model', owned_by: 'vllm', root: 'sim', parent: null, max_model_len: 10_000 }],
    });
  });
});
