// A private request and a cloud that must never see it: with the house down, failing or unwilling, by every name and every call.
import { describe, expect, it } from 'vitest';
import {
  call,
  chat,
  deadUrl,
  gatewayOver,
  metric,
  policyOver,
  sim,
  upstream,
  user,
  type Answer,
  type Handler,
  type TestGateway,
  type Upstream,
} from './harness.ts';

const SECRET = 'Mail jane.doe@example.com about card 4111 1111 1111 1111.';

const MORE = {
  keywords: { personal: { builtin: 'pii', in: 'all' } },
  confine: [{ name: 'private', when: 'keywords("personal") || "private" in tags', pools: ['house'] }],
  aliases: { auto: 'main', careful: 'careful', cheap: 'cheap', learnt: 'learnt', away: 'away' },
  routes: [
    { name: 'away', when: 'model == "away"', candidates: ['cloud'] },
    { name: 'careful', when: 'model == "careful"', strategy: { kind: 'cascade', stages: ['house', 'cloud'] } },
    { name: 'cheap', when: 'model == "cheap"', candidates: ['cloud', 'house'], strategy: 'cheapest' },
    { name: 'learnt', when: 'model == "learnt"', candidates: ['cloud', 'house'], strategy: 'bandit' },
    { name: 'main', candidates: ['house', 'cloud'], fallbacks: ['cloud', 'house'] },
  ],
};

const REFUSING: Handler = (response) => {
  response.writeHead(500, { 'content-type': 'application/json' }).end('{"error": {"message": "broken"}}');
};
const EMPTY: Handler = (response) => {
  const choices = [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }];
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices }));
};

interface Scene {
  readonly gateway: TestGateway;
  readonly cloud: Upstream;
}

async function scene(house: string): Promise<Scene> {
  const cloud = await upstream(EMPTY);
  const gateway = await gatewayOver(
    policyOver({ house: { endpoints: [house] }, cloud: { endpoints: [cloud.url], model: 'm-cloud' } }, MORE),
  );
  return { gateway, cloud };
}

/** Every way to ask a model here. */
const WAYS: readonly (readonly [string, (gateway: TestGateway) => Promise<Answer>])[] = [
  'auto',
  'careful',
  'cheap',
  'learnt',
  'away',
  'cloud',
  'm-cloud',
  'house',
  'm-house',
].flatMap((model) => [
  [`chat ${model}`, (gateway: TestGateway) => chat(gateway, { model, messages: user(SECRET) })] as const,
  [
    `stream ${model}`,
    (gateway: TestGateway) => chat(gateway, { model, messages: user(SECRET), stream: true }),
  ] as const,
  [
    `embedding ${model}`,
    (gateway: TestGateway) => call(gateway, 'embeddings', { model, input: ['Hi', SECRET] }),
  ] as const,
  [`completion ${model}`, (gateway: TestGateway) => call(gateway, 'completions', { model, prompt: SECRET })] as const,
  [`tag ${model}`, (gateway: TestGateway) => chat(gateway, { model }, { 'x-sluice-tags': 'private=yes' })] as const,
]);
const AWAY = /(?:away|m?-?cloud)$/;

describe('the cloud sees nothing private', () => {
  it('while the house answers', async () => {
    const { gateway, cloud } = await scene((await sim('m-house')).url);
    for (const [name, ask] of WAYS) {
      const answer = await ask(gateway);
      expect([name, answer.status], answer.text).toEqual([name, AWAY.test(name) ? 403 : 200]);
      if (answer.status === 200) expect(answer.headers['x-sluice-pool']).toBe('house');
      else
        expect(answer.json().error).toMatchObject({ code: 'request_confined', sluice_code: 'SLUICE_ROUTER_CONFINED' });
    }
    expect(cloud.seen).toHaveLength(0);
    expect(await metric(gateway, 'sluice_confined_total')).toBe(WAYS.filter(([name]) => !AWAY.test(name)).length);
  });

  it.each([
    ['nobody listens in the house', undefined, 500],
    ['the house answers with errors', REFUSING, 500],
    ['the house’s answers fail every check', EMPTY, 200],
  ])('while %s', async (_name, handler, least) => {
    const { gateway, cloud } = await scene(handler === undefined ? await deadUrl() : (await upstream(handler)).url);
    // More than it takes to eject an endpoint: before that the attempt fails, after that the decision does.
    for (let round = 0; round < 2; round++) {
      for (const [name, ask] of WAYS) {
        const { status } = await ask(gateway);
        if (AWAY.test(name)) expect([name, status]).toEqual([name, 403]);
        else if (name.startsWith('chat') || name.startsWith('tag')) expect(status, name).toBeGreaterThanOrEqual(least);
      }
    }
    expect(cloud.seen).toHaveLength(0);
  });

  it('nor what nobody can read: prompts that are token ids', async () => {
    const { gateway, cloud } = await scene((await sim('m-house')).url);
    expect((await call(gateway, 'embeddings', { input: [[1, 2, 3]] })).headers['x-sluice-pool']).toBe('house');
    expect((await call(gateway, 'completions', { model: 'cloud', prompt: [1, 2, 3] })).status).toBe(403);
    expect(cloud.seen).toHaveLength(0);
  });

  it('though it would answer what is not private', async () => {
    const { gateway, cloud } = await scene(await deadUrl());
    const answer = await chat(gateway, { messages: user('What is the capital of France?') });
    expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, 'cloud']);
    expect(cloud.seen).toHaveLength(1);
  });

  it('and a dry run says why', async () => {
    const { gateway } = await scene((await sim('m-house')).url);
    const told = (await chat(gateway, { messages: user(SECRET) }, { 'x-sluice-dry-run': 'true' })).json();
    expect(told.confined).toMatchObject({ by: ['private'], pools: ['house'] });
    expect(told.reasons).toContain('the request is confined to house by rule private');
    expect(told.candidates).toContainEqual(
      expect.objectContaining({ pool: 'cloud', excluded: 'confined to house by rule private', propensity: 0 }),
    );
  });
});
