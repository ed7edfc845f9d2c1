// The x-sluice-* headers of a request: what each does, on record and in the decision, and that none goes further.
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import { runSluice } from './child-gateway.ts';
import { call, chat, gatewayOver, metric, policyOver, send, sim, upstream, user, type Upstream } from './harness.ts';

const OK = '{"choices":[{"message":{"content":"ok"}}],"usage":{"prompt_tokens":2,"completion_tokens":3}}';
function okServer(): Promise<Upstream> {
  return upstream((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(OK));
}

const CALLS: readonly (readonly [path: string, body: object])[] = [
  ['chat/completions', { messages: user('Hi') }],
  ['completions', { prompt: 'Hi' }],
  ['embeddings', { input: 'Hi' }],
];

describe('x-sluice-session', () => {
  it('pools.NAME.pick: session-hash keeps a session at one endpoint, and spreads sessions', async () => {
    const servers = [await okServer(), await okServer(), await okServer()];
    const endpoints = servers.map(({ url }) => url);
    const gateway = await gatewayOver(policyOver({ a: { endpoints, pick: 'session-hash' } }));
    for (let i = 0; i < 9; i++) await chat(gateway, { messages: user(`Question ${i}`) }, { 'x-sluice-session': 's-1' });
    expect(servers.map(({ seen }) => seen.length).toSorted((x, y) => x - y)).toEqual([0, 0, 9]);
    for (let i = 0; i < 24; i++) await chat(gateway, {}, { 'x-sluice-session': `t-${i}` });
    for (const { seen } of servers) expect(seen.length).toBeGreaterThan(0);
  });

  it('keeps a session in one pool of a weighted split', async () => {
    const [a, b] = [await okServer(), await okServer()];
    const routes = [{ name: 'main', candidates: ['a', 'b'], strategy: 'weighted' }];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }, { routes }));
    for (let session = 0; session < 12; session++) {
      const pools = new Set<unknown>();
      for (let i = 0; i < 3; i++) {
        const answer = await chat(gateway, { messages: user(`${i}`) }, { 'x-sluice-session': `s-${session}` });
        pools.add(answer.headers['x-sluice-pool']);
      }
      expect(pools.size).toBe(1);
    }
    expect(a.seen.length).toBeGreaterThan(0);
    expect(b.seen.length).toBeGreaterThan(0);
  });
});

it('x-sluice-slo: cheapest keeps to it as far as pools were seen to meet it', async () => {
  // Only what has been seen counts: once the two have been told apart it need not be slow any more.
  let delayMs = 1_200;
  const slow = await upstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    setTimeout(() => response.end('data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'), delayMs);
  });
  const fast = await sim('m-dear');
  const pools = {
    cheap: { endpoints: [slow.url], price: { inputPerMTok: 0.1, outputPerMTok: 0.1 } },
    dear: { endpoints: [fast.url] },
  };
  const routes = [{ name: 'main', candidates: ['cheap', 'dear'], strategy: 'cheapest' }];
  const gateway = await gatewayOver(policyOver(pools, { routes }));
  const poolFor = async (slo?: string): Promise<unknown> =>
    (await chat(gateway, { stream: true }, slo === undefined ? {} : { 'x-sluice-slo': slo })).headers['x-sluice-pool'];
  expect(await poolFor('ttft=600ms')).toBe('cheap');
  await poolFor();
  delayMs = 0;
  await chat(gateway, { model: 'dear', stream: true });
  expect(await poolFor('ttft=600ms')).toBe('dear');
  expect(await poolFor('ttft=60s')).toBe('cheap');
  expect(await poolFor()).toBe('cheap');
  await gateway.close();
  const [first] = (await readDataDirectory(gateway.dataDir)).decisions;
  expect(first?.record.workload).toMatchObject({ slo: { ttftMs: 600 } });
});

describe('x-sluice-tags', () => {
  it('are facts, are on record, are found by sluice log --tag, and keep their names', async () => {
    const [a, b] = [await sim('m-a'), await sim('m-b')];
    const routes = [
      { name: 'theirs', when: 'tags["team"] == "x"', candidates: ['b'] },
      { name: 'main', candidates: ['a'] },
    ];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }, { routes }));
    const tags = { 'x-sluice-tags': 'team=x, costCentre=EU 7, Team-Lead=Ann' };
    expect((await chat(gateway, {}, tags)).headers['x-sluice-pool']).toBe('b');
    expect((await chat(gateway, {}, { 'x-sluice-tags': 'team=y' })).headers['x-sluice-pool']).toBe('a');
    expect((await chat(gateway)).headers['x-sluice-pool']).toBe('a');

    const kept = { team: 'x', costCentre: 'EU 7', 'Team-Lead': 'Ann' };
    const described = await call(gateway, 'route', { messages: user('Hi') }, tags);
    expect(described.json()).toMatchObject({ route: 'theirs', workload: { tags: kept, wants_json: false } });
    expect(Object.keys(described.json().workload.tags)).toEqual(Object.keys(kept));

    const log = runSluice(['log', '--data-dir', gateway.dataDir, '--tag', 'costCentre=EU 7', '--json']);
    await log.ended;
    const lines = log.printed.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).workload.tags)).toEqual([kept]);
  });
});

describe('x-sluice-dry-run', () => {
  it.each(CALLS)('answers the decision for %s: nothing is sent, counted or recorded', async (path, body) => {
    const server = await sim('m-a');
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
    const dry = await call(gateway, path, { ...body, stream: true }, { 'x-sluice-dry-run': 'true' });
    expect([dry.status, dry.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(dry.json()).toMatchObject({ object: 'decision', route: 'main', candidates: [{ pool: 'a' }] });
    expect(dry.json().reasons.length).toBeGreaterThan(1);
    expect(dry.headers['x-sluice-decision-id']).toBeUndefined();
    expect(server.stats().requests).toBe(0);
    expect(await metric(gateway, 'sluice_requests_total')).toBe(0);
    expect((await call(gateway, path, body, { 'x-sluice-dry-run': 'false' })).json().object).not.toBe('decision');
    await gateway.close();
    expect((await readDataDirectory(gateway.dataDir)).decisions).toHaveLength(1);
  });

  it('still says what is wrong', async () => {
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [(await sim('m-a')).url] } }));
    const dry = { 'x-sluice-dry-run': 'true' };
    expect((await chat(gateway, { model: 'none' }, dry)).json().error.code).toBe('model_not_found');
    expect((await call(gateway, 'embeddings', {}, dry)).json().error.param).toBe('input');
  });
});

it.each([
  ['x-sluice-session', ''],
  ['x-sluice-slo', 'ttft=soon'],
  ['x-sluice-tags', 'team'],
  ['x-sluice-dry-run', '1'],
  ['x-sluice-sesion', 's-1'],
])('%s: "%s" is refused by name, everywhere', async (name, value) => {
  const server = await sim('m-a');
  const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
  for (const [path, body] of [...CALLS, ['route', { messages: user('Hi') }] as const]) {
    const answer = await call(gateway, path, body, { [name]: value });
    expect([answer.status, answer.json().error]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_value', param: name, message: expect.stringContaining(`"${name}"`) }),
    ]);
  }
  expect(server.stats().requests).toBe(0);
});

it('none is forwarded, whatever is called', async () => {
  const server = await okServer();
  const gateway = await gatewayOver(policyOver({ a: { endpoints: [server.url] } }));
  const headers = {
    'x-sluice-session': 's',
    'x-sluice-slo': 'e2e=60s',
    'x-sluice-tags': 'a=b',
    'x-sluice-dry-run': 'false',
  };
  for (const [path, body] of CALLS)
    await send(`${gateway.url}/v1/${path}`, { headers, body: { model: 'auto', ...body } });
  expect(server.seen.map(({ url }) => url)).toEqual(CALLS.map(([path]) => `/v1/${path}`));
  for (const { headers: seen } of server.seen)
    expect(Object.keys(seen).filter((name) => name.startsWith('x-sluice'))).toEqual([]);
});
