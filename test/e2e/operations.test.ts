// Completions and embeddings: what comes back, what goes upstream, what is on record, and what is learnt.
import { describe, expect, it } from 'vitest';
import { readDataDirectory, type Logged } from './log-reader.ts';
import {
  call,
  chat,
  deadUrl,
  gatewayOver,
  idOf,
  policyOver,
  send,
  sendFeedback,
  sim,
  upstream,
  user,
  type Answer,
  type TestGateway,
  type Upstream,
} from './harness.ts';

async function overSim(): Promise<{ gateway: TestGateway; url: string }> {
  const { url } = await sim('m-a');
  return { url, gateway: await gatewayOver(policyOver({ a: { endpoints: [url] } })) };
}
async function logged(gateway: TestGateway): Promise<readonly Logged[]> {
  await gateway.close();
  return (await readDataDirectory(gateway.dataDir)).decisions;
}
function answering(body: object): Promise<Upstream> {
  return upstream((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );
}
interface Chunk {
  readonly choices: readonly { readonly index: number; readonly text: string }[];
}
const chunksOf = ({ text }: Answer): Chunk[] =>
  [...text.matchAll(/^data: (\{.*\})$/gmu)].map((match) => JSON.parse(match[1] ?? '') as Chunk);

const PROMPTS = ['Once upon a time', ['Once', 'Twice'], [11, 22, 33], [[1, 2], [3]]] as const;

describe('POST /v1/completions', () => {
  it('answers, and has usage, cost, operation and kind on record', async () => {
    const { gateway } = await overSim();
    const answer = await call(gateway, 'completions', { prompt: 'Once upon a time', max_tokens: 5 });
    expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'a']);
    const { object, choices, usage } = answer.json();
    expect([object, choices.length, usage.completion_tokens]).toEqual(['text_completion', 1, 5]);
    const [{ record, outcome } = expect.fail()] = await logged(gateway);
    expect(record.workload).toMatchObject({ operation: 'completion', kind: 'completion', turns: 1 });
    expect(record.workload).toMatchObject({ tokens: { maxOutput: 5 } });
    expect(outcome).toMatchObject({ finish: 'completed', status: 200, answeredBy: 'a' });
    expect(outcome.usage).toMatchObject({ inputTokens: usage.prompt_tokens, outputTokens: 5, estimated: false });
    expect(outcome.costUsd).toBeCloseTo((usage.prompt_tokens + 5 * 2) / 1e6, 12);
  });

  it.each(PROMPTS)('takes the prompt %j as it is', async (...prompt) => {
    const given = prompt.length === 1 ? prompt[0] : prompt;
    const server = await answering({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const body = `{"prompt":${JSON.stringify(given)} ,"model":"auto","logit_bias":{"1":1.0}}`;
    expect((await send(`${gateway.url}/v1/completions`, { body })).status).toBe(200);
    const [seen] = server.seen;
    expect([seen?.url, seen?.body.toString()]).toEqual(['/v1/completions', body.replace('"auto"', '"m-a"')]);
    const several = typeof given !== 'string' && typeof given?.[0] !== 'number';
    expect((await logged(gateway))[0]?.record.workload).toMatchObject({ kind: several ? 'batch' : 'completion' });
  });

  it('streams the same texts; only who asked for usage sees it, and all are accounted for by it', async () => {
    const { gateway } = await overSim();
    const body = { prompt: ['Once', 'Twice'], max_tokens: 6 };
    const plain = (await call(gateway, 'completions', body)).json();
    const quiet = await call(gateway, 'completions', { ...body, stream: true });
    const asked = await call(gateway, 'completions', {
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    for (const streamed of [quiet, asked]) {
      expect(streamed.headers['content-type']).toMatch(/^text\/event-stream/u);
      expect(streamed.text.endsWith('data: [DONE]\n\n')).toBe(true);
      const texts = ['', ''];
      for (const { choices } of chunksOf(streamed)) for (const { index, text } of choices) texts[index] += text;
      expect(texts).toEqual(plain.choices.map(({ text }: { text: string }) => text));
    }
    expect(quiet.text).not.toContain('"usage":{');
    expect(asked.text).toContain('"choices":[],"usage":{');
    for (const { outcome } of await logged(gateway)) {
      expect(outcome.usage).toMatchObject({
        inputTokens: plain.usage.prompt_tokens,
        outputTokens: 12,
        estimated: false,
      });
    }
  });

  it('streams of a server that reports no usage are estimated by their events', async () => {
    const { url } = await sim('m-a');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [url], engine: 'generic' } }));
    await call(gateway, 'completions', { prompt: 'Once', max_tokens: 9, stream: true });
    const [{ outcome } = expect.fail()] = await logged(gateway);
    expect(outcome.usage).toMatchObject({ outputTokens: 9, estimated: true });
    expect(outcome.costUsd).toBeGreaterThan(9 * 2e-6);
  });

  it('that break off are interrupted, and the caller is told', async () => {
    const { gateway } = await overSim();
    const body = { prompt: 'Once', max_tokens: 16, stream: true };
    expect((await call(gateway, 'completions', body, { 'x-sim-fault': 'cut' })).text).toContain('event: error\n');
    expect((await logged(gateway))[0]?.outcome).toMatchObject({ finish: 'interrupted', answeredBy: 'a' });
  });

  it('echo a prompt without writing anything, where nothing is to be written', async () => {
    const { gateway } = await overSim();
    const answer = await call(gateway, 'completions', { prompt: 'Once upon', max_tokens: 0, echo: true });
    expect([answer.status, answer.json().choices?.[0].text]).toEqual([200, 'Once upon']);
  });

  it('are learnt from by feedback', async () => {
    const { gateway } = await overSim();
    const answer = await call(gateway, 'completions', { prompt: 'Once', max_tokens: 3 });
    const said = await sendFeedback(gateway, { decision_id: idOf(answer), score: 0.75 });
    expect(said.json()).toMatchObject({ status: 'counted' });
    await gateway.close();
    const data = await readDataDirectory(gateway.dataDir);
    expect([data.learnt, data.rewards[0]?.reward.value]).toEqual([1, 0.75]);
    expect(data.learner?.arms['m-a@a']).toMatchObject({ answers: 1, outputTokens: 3 });
  });
});

describe('POST /v1/embeddings', () => {
  it.each([
    { input: 'one' },
    { input: ['one', 'two', 'one'], dimensions: 16 },
    { input: [5, 6, 7] },
    { input: [[5, 6], [7]], dimensions: 4 },
    { input: 'one', dimensions: 8, encoding_format: 'base64' },
  ])('%j brings what the server itself says', async (body) => {
    const { gateway, url } = await overSim();
    const answer = await call(gateway, 'embeddings', body);
    const itself = await send(`${url}/embeddings`, { body: { model: 'm-a', ...body } });
    expect([answer.status, answer.json().data]).toEqual([200, itself.json().data]);
    expect(answer.json().usage).toEqual(itself.json().usage);
  });

  it('cost their input, write nothing, and say nothing about how long answers are', async () => {
    const { gateway } = await overSim();
    const { usage } = (await call(gateway, 'embeddings', { input: ['one two three', 'four'] })).json();
    await gateway.close();
    const data = await readDataDirectory(gateway.dataDir);
    const [{ record, outcome } = expect.fail()] = data.decisions;
    expect(record.workload).toMatchObject({ operation: 'embedding', kind: 'embedding', tokens: { maxOutput: 0 } });
    expect(outcome.usage).toEqual({
      inputTokens: usage.prompt_tokens,
      cachedInputTokens: 0,
      outputTokens: 0,
      estimated: false,
    });
    expect(outcome.costUsd).toBeCloseTo(usage.prompt_tokens / 1e6, 12);
    expect(data.learner?.arms['m-a@a']?.answers ?? 0).toBe(0);
  });

  it('fall back to the next pool', async () => {
    const { url } = await sim('m-b');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [await deadUrl()] }, b: { endpoints: [url] } }));
    const answer = await call(gateway, 'embeddings', { input: 'one' });
    expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'b']);
    const [{ outcome } = expect.fail()] = await logged(gateway);
    expect(outcome.attempts.map(({ pool, errorCode }) => [pool, errorCode])).toEqual([
      ['a', 'SLUICE_POOL_UNREACHABLE'],
      ['b', undefined],
    ]);
  });

  it.each([['choices', 'a list of embeddings'] as const])('refuse an answer that has %s', async (key, name) => {
    const server = await answering({ [key]: [] });
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const answer = await call(gateway, 'embeddings', { input: 'one' });
    expect([answer.status, answer.json().error.code]).toEqual([502, 'upstream_bad_answer']);
    expect(answer.json().error.message).toContain(name);
  });
});

describe('both', () => {
  it.each<[path: string, status: number, code: string, param: string, body: object]>([
    ['completions', 400, 'invalid_value', 'prompt', {}],
    ['completions', 400, 'invalid_value', 'prompt', { prompt: [] }],
    ['completions', 400, 'invalid_value', 'prompt[0]', { prompt: [1, 'a'] }],
    ['completions', 400, 'invalid_value', 'max_tokens', { prompt: 'x', max_tokens: -1 }],
    ['completions', 404, 'model_not_found', 'model', { prompt: 'x', model: 'none' }],
    ['completions', 400, 'context_length_exceeded', 'prompt', { prompt: 'x', max_tokens: 200_000 }],
    ['embeddings', 400, 'invalid_value', 'input', {}],
    ['embeddings', 400, 'invalid_value', 'input', { input: { text: 'x' } }],
    ['embeddings', 400, 'invalid_value', 'dimensions', { input: 'x', dimensions: 0 }],
    ['embeddings', 404, 'model_not_found', 'model', { input: 'x', model: 'none' }],
    ['embeddings', 400, 'context_length_exceeded', 'input', { input: Array.from({ length: 200_000 }, () => 1) }],
  ])('%s say %i %s of %s (case %#)', async (path, status, code, param, body) => {
    const { gateway } = await overSim();
    const answer = await call(gateway, path, body);
    expect([answer.status, answer.json().error]).toEqual([status, expect.objectContaining({ code, param })]);
  });

  it('pass on the upstream’s own error', async () => {
    const { gateway } = await overSim();
    const refused = await call(gateway, 'embeddings', { input: 'x', encoding_format: 'hex' });
    expect([refused.status, refused.json().error.param]).toEqual([400, 'encoding_format']);
    expect((await logged(gateway))[0]?.outcome).toMatchObject({ finish: 'failed', errorCode: 'upstream_400' });
  });

  it('are told apart by conditions, and reach pools and models by name', async () => {
    const [a, b, e] = [await sim('m-a'), await sim('m-b'), await sim('m-e')];
    const pools = { a: { endpoints: [a.url] }, b: { endpoints: [b.url] }, e: { endpoints: [e.url] } };
    const routes = [
      { name: 'vectors', when: 'operation == "embedding"', candidates: ['e'] },
      { name: 'bulk', when: 'kind == "batch"', candidates: ['b'] },
      { name: 'main', candidates: ['a'] },
    ];
    const gateway = await gatewayOver(policyOver(pools, { routes }));
    const whoAnswers = async (path: string, body: object): Promise<unknown> =>
      (await call(gateway, path, body)).headers['x-sluice-pool'];
    expect(await whoAnswers('embeddings', { input: 'one' })).toBe('e');
    expect(await whoAnswers('completions', { prompt: ['a', 'b'] })).toBe('b');
    expect(await whoAnswers('completions', { prompt: 'a' })).toBe('a');
    expect(await whoAnswers('chat/completions', { messages: user('Hi') })).toBe('a');
    expect(await whoAnswers('embeddings', { input: 'one', model: 'b' })).toBe('b');
    expect(await whoAnswers('completions', { prompt: 'a', model: 'm-e' })).toBe('e');
  });

  it('are answered by a cascade’s first stage alone, with the others as fallbacks', async () => {
    const [a, b] = [await sim('m-a', { faults: [{ kind: 'empty', rate: 1 }] }), await sim('m-b')];
    const routes = [{ name: 'main', candidates: ['a', 'b'], strategy: 'cascade' }];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }, { routes }));
    for (const [path, body] of [
      ['embeddings', { input: 'one' }],
      ['completions', { prompt: 'one' }],
      ['completions', { prompt: 'one', stream: true }],
    ] as const)
      expect((await call(gateway, path, body)).headers['x-sluice-pool']).toBe('a');
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('b');
    const failed = await call(gateway, 'embeddings', { input: 'one' }, { 'x-sim-fault': '500' });
    expect(failed.status).toBe(500);
    await a.close();
    expect((await call(gateway, 'embeddings', { input: 'one' })).headers['x-sluice-pool']).toBe('b');
    expect((await logged(gateway)).map(({ outcome }) => outcome.attempts.length)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it.each<[string, object, object]>([
    ['chat/completions', { messages: user('Hi') }, { choices: [] }],
    ['completions', { prompt: 'Hi' }, { choices: [] }],
    ['embeddings', { input: 'Hi' }, { data: [] }],
  ])('pools.NAME.price.cachedInputPerMTok: %s pay their own price for cached input', async (path, body, said) => {
    const usage = { prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 80 }, completion_tokens: 10 };
    const server = await answering({ ...said, usage });
    const price = { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 2 };
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url], price } }));
    expect((await call(gateway, path, body)).status).toBe(200);
    const [{ outcome } = expect.fail()] = await logged(gateway);
    expect(outcome.usage).toMatchObject({ inputTokens: 100, cachedInputTokens: 80, outputTokens: 10 });
    expect(outcome.costUsd).toBeCloseTo((20 * 1 + 80 * 0.1 + 10 * 2) / 1e6, 12);
  });

  it('cached input of a stream pays its own price too', async () => {
    const usage = { prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 80 }, completion_tokens: 1 };
    const server = await upstream((response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: {"choices":[{"text":"a"}]}\n\ndata: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`),
    );
    const price = { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 2 };
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url], price } }));
    await call(gateway, 'completions', { prompt: 'Hi', stream: true });
    expect((await logged(gateway))[0]?.outcome.costUsd).toBeCloseTo((20 + 8 + 2) / 1e6, 12);
  });
});
