// The cascade: what makes its first stage's answer not good enough, what the caller sees then, and what it cost.
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  chat,
  gatewayOver,
  metric,
  policyOver,
  sim,
  upstream,
  type Handler,
  type TestGateway,
  type Upstream,
} from './harness.ts';

interface Said {
  readonly text?: string;
  readonly finish?: string;
  readonly logprob?: number;
}

/** A model that says so, plain or streamed as it is asked, with log-probabilities when it is asked for them. */
function saying({ text = 'fine', finish = 'stop', logprob = -0.1 }: Said): Handler {
  return (response, { body }) => {
    const asked = JSON.parse(body.toString()) as { stream?: boolean; logprobs?: boolean };
    const logprobs =
      asked.logprobs === true ? { content: [{ token: text, logprob, bytes: null, top_logprobs: [] }] } : null;
    const usage = { prompt_tokens: 100, completion_tokens: 50 };
    if (asked.stream !== true) {
      const choice = { index: 0, message: { role: 'assistant', content: text }, logprobs, finish_reason: finish };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'x', choices: [choice], usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = [
      { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }] },
      { choices: [{ index: 0, delta: { content: text }, logprobs, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: finish }], usage },
    ];
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.end('data: [DONE]\n\n');
  };
}

interface Fleet {
  readonly gateway: TestGateway;
  readonly first: Upstream;
  readonly second: Upstream;
}

async function fleet(handler: Handler, accept: object = {}): Promise<Fleet> {
  const [first, second] = [await upstream(handler), await upstream(saying({ text: 'second' }))];
  const pools = {
    small: { endpoints: [first.url], price: { inputPerMTok: 1, outputPerMTok: 2 } },
    large: { endpoints: [second.url], price: { inputPerMTok: 10, outputPerMTok: 20 } },
  };
  const routes = [{ name: 'main', strategy: { kind: 'cascade', stages: ['small', 'large'], accept } }];
  return { first, second, gateway: await gatewayOver(policyOver(pools, { routes })) };
}

const json = { response_format: { type: 'json_object' } };
const status500: Handler = (r) => r.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{}}');
const dies: Handler = (r) =>
  void r.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n', () => r.destroy());

describe.each([
  ['plain', false],
  ['streamed', true],
])('a first answer (%s)', (_how, stream) => {
  it.each<[string, Handler, object, string]>([
    ['that is empty', saying({ text: '' }), {}, 'empty'],
    ['that is a refusal', saying({ text: 'I’m sorry, but I can’t help with that.' }), {}, 'refusal'],
    ['that is cut off', saying({ finish: 'length' }), {}, 'truncated'],
    ['that is no JSON though JSON was asked for', saying({ text: 'Sure! {"a":1}' }), json, 'invalid-json'],
    ['that is unsure', saying({ logprob: -3 }), {}, 'low-logprob'],
    ['that is an error', status500, {}, 'upstream_500'],
    ['that breaks off', dies, {}, 'SLUICE_POOL_CLOSED'],
    [
      'that is garbage',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      {},
      'unreadable_answer',
    ],
  ])('%s gives way to the second stage’s', async (_what, handler, body, reason) => {
    const { gateway, first } = await fleet(handler, { minMeanLogprob: -1 });
    const answer = await chat(gateway, { stream, ...body });
    expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'large']);
    expect(answer.text).toContain('second');
    expect(answer.text).not.toContain('logprob":-');
    expect(JSON.parse(first.seen[0]?.body.toString() ?? '')).toMatchObject({ model: 'm-small', logprobs: true });
    const labels = `route="main",pool="small",reason="${reason}"`;
    expect(await metric(gateway, `sluice_stage_deferred_total{${labels}}`)).toBe(1);
    await gateway.close();

    const [logged] = (await readDataDirectory(gateway.dataDir)).decisions;
    const { outcome } = logged ?? {};
    expect(outcome).toMatchObject({ finish: 'completed', answeredBy: 'large' });
    expect(outcome?.attempts).toMatchObject([
      { stage: 0, pool: 'small', verdict: `defer: ${reason}` },
      { stage: 1, pool: 'large', usage: { inputTokens: 100, outputTokens: 50, estimated: false } },
    ]);
    const readable = !/SLUICE|upstream|unreadable/u.test(reason);
    const spentOnFirst = readable ? (100 * 1 + 50 * 2) / 1e6 : 0;
    expect(outcome?.costUsd).toBeCloseTo(spentOnFirst + (100 * 10 + 50 * 20) / 1e6, 12);
    expect(outcome?.usage.outputTokens).toBe(readable ? 100 : 50);
  });

  it('that is good is the caller’s, and the second stage is not asked', async () => {
    const { gateway, second } = await fleet(saying({ text: '{"logprobs":1}' }), { minMeanLogprob: -1 });
    const answer = await chat(gateway, { stream, ...json });
    expect(answer.headers['x-sluice-pool']).toBe('small');
    expect(second.seen).toHaveLength(0);
    // Sluice alone had asked for log-probabilities: they are gone, what the model said is not.
    expect(answer.text).toContain(String.raw`{\"logprobs\":1}`);
    expect(answer.text.replaceAll(String.raw`\"logprobs\"`, '')).not.toContain('logprobs');
    if (stream) expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true);
    await gateway.close();
    const [logged] = (await readDataDirectory(gateway.dataDir)).decisions;
    expect(logged?.outcome).toMatchObject({ answeredBy: 'small', attempts: [{ verdict: 'accept' }] });
  });

  it('keeps its log-probabilities when the caller asked for them, byte for byte', async () => {
    const { gateway, first } = await fleet(saying({}), { minMeanLogprob: -1 });
    const answer = await chat(gateway, { stream, logprobs: true });
    expect(answer.text).toContain('"logprob":-0.1');
    const direct = await chat(gateway, { model: 'small', stream, logprobs: true });
    expect(answer.bytes.equals(direct.bytes)).toBe(true);
    expect(first.seen).toHaveLength(2);
  });

  it('is byte for byte the upstream’s when no log-probabilities are looked at', async () => {
    const { gateway, first } = await fleet(saying({ text: 'Größe 😀' }));
    const answer = await chat(gateway, { stream });
    expect(JSON.parse(first.seen[0]?.body.toString() ?? '')).not.toHaveProperty('logprobs');
    expect(answer.bytes.equals((await chat(gateway, { model: 'small', stream })).bytes)).toBe(true);
  });

  it('that fills the caller’s own limit is kept', async () => {
    const { gateway } = await fleet(saying({ finish: 'length' }));
    expect((await chat(gateway, { stream, max_tokens: 50 })).headers['x-sluice-pool']).toBe('small');
    expect((await chat(gateway, { stream, max_tokens: 51 })).headers['x-sluice-pool']).toBe('large');
  });
});

it.each<[string, Handler]>([
  ['answers with an error', status500],
  ['cannot be reached', (r) => void r.destroy()],
])('gives a first answer that failed a check when the second stage %s', async (_how, handler) => {
  const { gateway, second } = await fleet(saying({ text: 'half a sentence', finish: 'length' }));
  second.answer(handler);
  const answer = await chat(gateway);
  expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'small']);
  expect(answer.text).toContain('half a sentence');
  await gateway.close();
  const [logged] = (await readDataDirectory(gateway.dataDir)).decisions;
  expect(logged?.outcome).toMatchObject({ finish: 'completed', answeredBy: 'small' });
  expect(logged?.outcome?.attempts).toMatchObject([{ verdict: 'defer: truncated' }, { stage: 1, pool: 'large' }]);
});

it('passes the last stage’s own error on when every stage failed', async () => {
  const { gateway, second } = await fleet(status500);
  second.answer((r) =>
    r.writeHead(503, { 'content-type': 'application/json', 'retry-after': '8' }).end('{"error":{"code":"busy"}}'),
  );
  const answer = await chat(gateway);
  expect([answer.status, answer.json().error.code, answer.headers['retry-after']]).toEqual([503, 'busy', '8']);
});

it('sends log-probabilities of every token away with the tokens of a long simulated stream', async () => {
  const [a, b] = [await sim('m-small'), await sim('m-large')];
  const pools = { small: { endpoints: [a.url] }, large: { endpoints: [b.url] } };
  const routes = [
    { name: 'main', strategy: { kind: 'cascade', stages: ['small', 'large'], accept: { minMeanLogprob: -9 } } },
  ];
  const gateway = await gatewayOver(policyOver(pools, { routes }));
  const answer = await chat(gateway, { stream: true });
  expect(answer.headers['x-sluice-pool']).toBe('small');
  expect(answer.text.match(/^data: /gmu)?.length).toBeGreaterThan(20);
  expect(answer.text).not.toContain('logprob');
});
