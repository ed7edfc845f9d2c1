// The clients that people use, against the gateway: the `openai` package, the AI SDK, curl. Python's has a file of its own.
import { spawn, spawnSync } from 'node:child_process';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embed, embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI, { BadRequestError, RateLimitError } from 'openai';
import { describe, expect, it } from 'vitest';
import { atEnd, gatewayOver, metric, policyOver, sim, until, upstream, user, type TestGateway } from './harness.ts';

async function overSim(): Promise<{ gateway: TestGateway; openai: OpenAI }> {
  const gateway = await gatewayOver(policyOver({ a: { endpoints: [(await sim('m-a')).url] } }));
  return { gateway, openai: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none' }) };
}

describe('openai', () => {
  it('completes, plainly and as a stream', async () => {
    const { openai } = await overSim();
    const ask = { model: 'auto', prompt: ['Once', 'Twice'], max_tokens: 6 };
    const plain = await openai.completions.create(ask);
    expect(plain.choices.map(({ finish_reason: finish }) => finish)).toEqual(['length', 'length']);
    const texts = ['', ''];
    for await (const { choices } of await openai.completions.create({ ...ask, stream: true }))
      for (const { index, text } of choices) texts[index] += text;
    expect(texts).toEqual(plain.choices.map(({ text }) => text));
  });

  it('embeds: it asks for base64 by itself, and reads numbers', async () => {
    const { openai } = await overSim();
    const { data, usage } = await openai.embeddings.create({
      model: 'auto',
      input: ['one', 'two', 'one'],
      dimensions: 8,
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8, 8]);
    expect(data[0]?.embedding).toEqual(data[2]?.embedding);
    expect(Math.hypot(...(data[1]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    const asked = openai.embeddings.create({ model: 'auto', input: '', dimensions: 0 });
    await expect(asked).rejects.toBeInstanceOf(BadRequestError);
    await expect(asked).rejects.toMatchObject({ param: 'dimensions' });
  });

  it('lists models and takes each', async () => {
    const { openai } = await overSim();
    const names: string[] = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toEqual(['auto', 'a', 'm-a']);
    expect(await openai.models.retrieve('a')).toMatchObject({ id: 'a', context_window: 100_000 });
  });

  it('comes again after a 429, as late as Retry-After says', async () => {
    const held: (() => void)[] = [];
    const server = await upstream((response) => {
      const answer = '{"choices":[{"message":{"content":"ok"}}]}';
      held.push(() => void response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
    });
    const policy = policyOver({ a: { endpoints: [server.url] } }, { limits: { concurrentRequests: 1 } });
    const gateway = await gatewayOver(policy);
    const { url } = gateway;
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 1 });
    const hasty = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const ask = { model: 'auto', messages: user('Hi') };
    const first = openai.chat.completions.create(ask);
    await until('one is under way', () => held.length === 1);
    await expect(hasty.chat.completions.create(ask)).rejects.toBeInstanceOf(RateLimitError);
    const from = performance.now();
    const second = openai.chat.completions.create(ask);
    await until('it has been refused', async () => (await metric(gateway, 'sluice_rejected_total')) === 2);
    held[0]?.();
    await first;
    await until('it has come again', () => held.length === 2);
    // It takes up to a quarter off; without the header it would come after half a second at most.
    expect(performance.now() - from).toBeGreaterThan(700);
    held[1]?.();
    expect((await second).choices[0]?.message.content).toBe('ok');
  });
});

describe('the AI SDK', () => {
  async function sdk() {
    const { gateway } = await overSim();
    const sluice = createOpenAICompatible({ name: 'sluice', baseURL: `${gateway.url}/v1`, includeUsage: true });
    return { sluice, model: sluice('auto') };
  }

  it('generates and streams text', async () => {
    const { model, sluice } = await sdk();
    const plain = await generateText({ model, prompt: 'Rain in Rome?' });
    expect(plain.text).toMatch(/^This is/u);
    expect(plain.response.headers?.['x-sluice-pool']).toBe('a');
    const streamed = streamText({ model, prompt: 'Rain in Rome?' });
    let text = '';
    for await (const piece of streamed.textStream) text += piece;
    expect(text).toBe(plain.text);
    expect(await streamed.usage).toMatchObject({
      inputTokens: plain.usage.inputTokens,
      outputTokens: plain.usage.outputTokens,
    });
    const completed = await generateText({ model: sluice.completionModel('auto'), prompt: 'Once', maxOutputTokens: 5 });
    expect([completed.usage.outputTokens, completed.finishReason]).toEqual([5, 'length']);
  });

  it('calls tools and goes on with what they say', async () => {
    const { model } = await sdk();
    const cities: string[] = [];
    const weather = tool({
      description: 'The weather',
      inputSchema: jsonSchema<{ city: string }>({
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      }),
      execute: ({ city }) => {
        cities.push(city);
        return 'rain';
      },
    });
    const { steps } = await generateText({
      model,
      prompt: 'Rain in Rome?',
      tools: { weather },
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'none' }),
      stopWhen: stepCountIs(2),
    });
    expect(cities).toEqual(['Rain in Rome?']);
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(steps[1]?.text).not.toBe('');
  });

  it('embeds', async () => {
    const { sluice } = await sdk();
    const model = sluice.embeddingModel('auto');
    const { embedding, usage } = await embed({ model, value: 'one' });
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect(usage.tokens).toBeGreaterThan(0);
    const { embeddings } = await embedMany({ model, values: ['two', 'one'] });
    expect(embeddings[1]).toEqual(embedding);
  });

  it('reads our errors as its own', async () => {
    const { sluice } = await sdk();
    const error: unknown = await generateText({ model: sluice('none'), prompt: 'Hi' }).catch(
      (thrown: unknown) => thrown,
    );
    if (!APICallError.isInstance(error)) expect.fail(String(error));
    expect([error.statusCode, error.isRetryable]).toEqual([404, false]);
    expect(error.message).toContain('"none" does not exist');
  });
});

const CURL_IS_THERE = spawnSync('curl', ['--version'], { timeout: 10_000 }).status === 0;
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!CURL_IS_THERE) console.log('skipped: no curl on PATH');

describe.skipIf(!CURL_IS_THERE)('curl', () => {
  async function curl(...args: string[]): Promise<{ code: number | null; out: string }> {
    const child = spawn('curl', ['-sS', '--noproxy', '*', '--max-time', '90', ...args]);
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (out += bytes.toString()));
    const ended = new Promise<number | null>((done) => child.on('close', done));
    atEnd(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { code: await ended, out };
  }
  const json = ['-H', 'content-type: application/json', '-d'];
  const messages = '"messages":[{"role":"user","content":"Hi"}]';

  it('asks all there is', async () => {
    const { gateway } = await overSim();
    const to = (path: string): string => `${gateway.url}/v1/${path}`;
    const plain = await curl(to('chat/completions'), ...json, `{"model":"auto",${messages}}`);
    expect(JSON.parse(plain.out).choices[0].message.content).toMatch(/^This is/u);
    const completed = await curl(to('completions'), ...json, '{"model":"auto","prompt":"Once","max_tokens":3}');
    expect(JSON.parse(completed.out).usage.completion_tokens).toBe(3);
    const embedded = await curl(to('embeddings'), ...json, '{"model":"auto","input":"one","dimensions":4}');
    expect(JSON.parse(embedded.out).data[0].embedding).toHaveLength(4);
    expect(JSON.parse((await curl(to('models'))).out).data).toHaveLength(3);
    const described = await curl(to('route'), ...json, `{"model":"auto",${messages}}`);
    expect(JSON.parse(described.out).object).toBe('decision');
  });

  it('streams, sees the headers, and may ask leave to send', async () => {
    const { gateway } = await overSim();
    const url = `${gateway.url}/v1/chat/completions`;
    const streamed = await curl('-N', '-D', '-', url, ...json, `{"model":"auto","stream":true,${messages}}`);
    expect(streamed.out).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    expect(streamed.out).toMatch(/\r\nx-sluice-decision-id: dec_[0-9a-f]{32}\r\n/u);
    expect(streamed.out.endsWith('data: [DONE]\n\n')).toBe(true);
    const expecting = ['-H', 'expect: 100-continue'];
    const embedded = await curl(
      `${gateway.url}/v1/embeddings`,
      ...expecting,
      ...json,
      '{"model":"auto","input":"one"}',
    );
    expect(JSON.parse(embedded.out).data).toHaveLength(1);
  });

  it('is told what is wrong', async () => {
    const { gateway } = await overSim();
    const refused = await curl('--fail-with-body', `${gateway.url}/v1/embeddings`, ...json, '{"model":"auto"}');
    expect(refused.code).toBe(22);
    expect(refused.out).toContain('"param":"input"');
  });
});
