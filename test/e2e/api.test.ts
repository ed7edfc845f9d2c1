// The OpenAI-compatible API as callers meet it: raw requests and the `openai` client, names, routes, headers, health.
import OpenAI, { NotFoundError } from 'openai';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import { chat, gatewayOver, idOf, metric, policyOver, send, sim, until, user, type TestGateway } from './harness.ts';

const CASCADE = { name: 'careful', when: 'model == "careful"', candidates: ['a', 'b'], strategy: 'cascade' };

async function twoPools(): Promise<TestGateway> {
  const [a, b] = [await sim('m-a'), await sim('m-b')];
  return gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
}
const clientOf = (gateway: TestGateway): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none', maxRetries: 0 });

describe('chat completions', () => {
  it('answers plainly and as a stream, and says who answered and why', async () => {
    const gateway = await twoPools();
    const plain = await chat(gateway);
    expect(plain.status).toBe(200);
    expect(plain.headers['content-type']).toBe('application/json');
    expect(plain.json().choices[0].message.content).toMatch(/^This is a simulated answer by m-a/u);
    expect(plain.headers).toMatchObject({
      'x-sluice-decision-id': expect.stringMatching(/^dec_[0-9a-f]{32}$/u),
      'x-sluice-route': 'main',
      'x-sluice-pool': 'a',
      'x-sluice-model': 'm-a',
      'x-sluice-reason': 'fixed: a, first eligible candidate',
      'x-sluice-overhead-ms': expect.stringMatching(/^\d+\.\d{3}$/u),
    });
    const stream = await chat(gateway, { stream: true });
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/u);
    expect(stream.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(stream.headers['x-sluice-pool']).toBe('a');
    expect(idOf(stream)).not.toBe(idOf(plain));
  });

  it.each([
    ['an alias', 'auto', 'main', 'a'],
    ['a pool', 'b', '(direct)', 'b'],
    ['a model', 'm-b', '(direct)', 'b'],
  ])('takes the name of %s', async (_what, model, route, pool) => {
    const answer = await chat(await twoPools(), { model });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-sluice-route': route, 'x-sluice-pool': pool });
  });

  it('refuses an unknown model as OpenAI does, and says which there are', async () => {
    const gateway = await twoPools();
    const answer = await chat(gateway, { model: 'gpt-none' });
    expect(answer.status).toBe(404);
    expect(answer.json().error).toMatchObject({
      code: 'model_not_found',
      param: 'model',
      type: 'invalid_request_error',
    });
    expect(answer.json().error.message).toContain('auto, a, b');
    expect(answer.headers['x-sluice-decision-id']).toBeUndefined();
  });
});

describe('the openai client', () => {
  it('chats, streams, calls tools and gets JSON', async () => {
    const { chat: api } = clientOf(await twoPools());
    const ask = { model: 'auto', messages: user('Rain in Rome?') };
    expect((await api.completions.create(ask)).choices[0]?.message.content).toMatch(/^This is/u);
    const streamed = await api.completions
      .stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toMatch(/^This is/u);
    expect(streamed.usage?.completion_tokens).toBeGreaterThan(10);

    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }];
    const called = await api.completions.create({ ...ask, tools, tool_choice: 'required' });
    const [call] = called.choices[0]?.message.tool_calls ?? [];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'Rain in Rome?' });

    const json = await api.completions.create({ ...ask, response_format: { type: 'json_object' } });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toHaveProperty('answer');
  });

  it('reads our errors as its own', async () => {
    const asked = clientOf(await twoPools()).chat.completions.create({ model: 'nope', messages: user('Hi') });
    await expect(asked).rejects.toBeInstanceOf(NotFoundError);
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  it('aborts a stream: the engine stops, the decision is abandoned', async () => {
    const server = await sim('m-a', { timeScale: 200 });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const stream = await clientOf(gateway).chat.completions.create({
      model: 'auto',
      messages: user('Hi'),
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await until('the engine stops', () => server.stats().aborted === 1);
    await gateway.close();
    const [logged] = (await readDataDirectory(gateway.dataDir)).decisions;
    expect(logged?.outcome).toMatchObject({ finish: 'abandoned', status: 499, answeredBy: 'a' });
    expect(logged?.outcome.usage).toMatchObject({ estimated: true });
  });
});

describe('GET /v1/models', () => {
  it('lists every name that may be asked for, and each by itself', async () => {
    const gateway = await twoPools();
    const ids = (await clientOf(gateway).models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(['auto', 'a', 'b', 'm-a', 'm-b']);
    for (const id of ids)
      expect((await send(`${gateway.url}/v1/models/${id}`)).json()).toMatchObject({ id, object: 'model' });
    expect((await chat(gateway, { model: ids.at(-1) })).status).toBe(200);
  });

  it('says model_not_found for another, however long its name', async () => {
    const gateway = await twoPools();
    for (const name of ['none', 'x'.repeat(300), 'org%2Fmodel']) {
      const answer = await send(`${gateway.url}/v1/models/${name}`);
      expect(answer.status).toBe(404);
      expect(answer.json().error).toMatchObject({ code: 'model_not_found', param: 'model' });
    }
  });
});

describe('POST /v1/route', () => {
  it('explains in snake_case; nothing is sent or recorded', async () => {
    const [a, b] = [await sim('m-a'), await sim('m-b')];
    const pools = { a: { endpoints: [a.url] }, b: { endpoints: [b.url] } };
    const routes = [CASCADE, { name: 'main', candidates: ['b', 'a'], strategy: 'bandit' }];
    const gateway = await gatewayOver(policyOver(pools, { routes, aliases: { auto: 'main', careful: 'careful' } }));
    const ask = (model: string) =>
      send(`${gateway.url}/v1/route`, { body: { model, messages: user('Hi'), max_tokens: 9 } });
    const answer = (await ask('auto')).json();
    expect(answer).toMatchObject({
      object: 'decision',
      requested_model: 'auto',
      route: 'main',
      strategy: 'bandit',
      passed_over: [{ route: 'careful', why: 'model == "careful" is false' }],
      workload: { tokens: { max_output: 9 }, wants_json: false },
      learner_version: 0,
    });
    expect(answer.candidates[0]).toMatchObject({ pool: 'b', excluded: null, quality_sd: expect.any(Number) });
    expect(answer.candidates[0].propensity + answer.candidates[1].propensity).toBeCloseTo(1);
    expect(answer.reasons.length).toBeGreaterThan(3);
    expect(JSON.stringify(keysOf(answer))).not.toMatch(/[A-Z]/u);
    expect((await ask('careful')).json().stages[0].accept).toMatchObject({ not_empty: true, min_mean_logprob: null });
    expect((await ask('none')).json().error.code).toBe('model_not_found');

    expect([a.stats().requests, b.stats().requests]).toEqual([0, 0]);
    expect(await metric(gateway, 'sluice_requests_total')).toBe(0);
    await gateway.close();
    expect(await readDataDirectory(gateway.dataDir)).toMatchObject({ decisions: [], outcomes: 0, rewards: [] });
  });
});

it('GET /healthz, /readyz and /metrics answer', async () => {
  const gateway = await twoPools();
  expect((await send(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect((await send(`${gateway.url}/readyz`)).json()).toEqual({ status: 'ready' });
  const page = await send(`${gateway.url}/metrics`);
  expect(page.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/u);
  expect(page.text).toContain('sluice_endpoint_healthy{pool="a"');
});

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)]);
}
