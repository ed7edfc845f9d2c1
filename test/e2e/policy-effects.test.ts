// Each key of the policy that does something beyond the decision, seen from outside. Titles begin with the key; src/router/every-key.test.ts holds them to it.
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readDataDirectory } from './log-reader.ts';
import {
  call,
  chat,
  gatewayOver,
  metric,
  policyOver,
  sim,
  until,
  upstream,
  user,
  type Answer,
  type Handler,
  type PoolDraft,
  type Seen,
  type TestGateway,
  type Upstream,
} from './harness.ts';

const OK = '{"choices":[{"message":{"content":"ok"}}],"usage":{"prompt_tokens":2,"completion_tokens":3}}';
const ok: Handler = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(OK);
const error =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(`{"error":{"message":"own words","code":"own_${status}"}}`);
const never: Handler = () => undefined;

interface Holding {
  readonly server: Upstream;
  /** What was asked and is not answered yet, oldest first. */
  readonly held: readonly string[];
  /** Answers the oldest. */
  readonly release: () => void;
}

/** Answers when the test says so. */
async function holding(): Promise<Holding> {
  const waiting: { readonly text: string; readonly answer: () => void }[] = [];
  const held: string[] = [];
  const server = await upstream((response, seen) => {
    waiting.push({ text: textOf(seen), answer: () => ok(response, seen) });
    held.push(textOf(seen));
    response.on('close', () => {
      const at = held.indexOf(textOf(seen));
      if (at >= 0) held.splice(at, 1);
    });
  });
  return { server, held, release: () => waiting.shift()?.answer() };
}

function textOf({ body }: Seen): string {
  return (JSON.parse(body.toString()) as { messages: { content: string }[] }).messages[0]?.content ?? '';
}
const ask = (gateway: TestGateway, text: string): Promise<Answer> => chat(gateway, { messages: user(text) });
const over = (pool: PoolDraft, more: object = {}): Promise<TestGateway> => gatewayOver(policyOver({ a: pool }, more));
const queueLength = (gateway: TestGateway): Promise<number> => metric(gateway, 'sluice_queue_length{pool="a"}');

async function outcomesOf(gateway: TestGateway) {
  await gateway.close();
  return (await readDataDirectory(gateway.dataDir)).decisions.map(({ outcome }) => outcome);
}
function expectError(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.json().error.code]).toEqual([status, code]);
}

describe('endpoints', () => {
  it('pools.NAME.endpoints, pools.NAME.endpoints[].url, pools.NAME.endpoints[].weight: each is asked, by its share', async () => {
    const [one, three] = [await upstream(ok), await upstream(ok)];
    const endpoints = [one.url, { url: three.url, weight: 3 }];
    const gateway = await over({ endpoints, pick: 'round-robin' });
    for (let i = 0; i < 12; i++) await chat(gateway);
    expect([one.seen.length, three.seen.length]).toEqual([3, 9]);
  });

  it('pools.NAME.endpoints[].maxConcurrency: no more at once; others wait their turn, first come, first served', async () => {
    const { server, held, release } = await holding();
    const gateway = await over({ endpoints: [{ url: server.url, maxConcurrency: 2 }] });
    const answers: Promise<Answer>[] = [];
    for (const text of ['1', '2', '3', '4', '5']) {
      answers.push(ask(gateway, text));
      await until(`${text} has come`, async () => held.length + (await queueLength(gateway)) === answers.length);
    }
    expect(server.seen.map(textOf)).toEqual(['1', '2']);
    for (let i = 3; i <= 5; i++) {
      release();
      await until(`${i} is sent`, () => server.seen.length === i);
      expect(held).toHaveLength(2);
    }
    release();
    release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(server.seen.map(textOf)).toEqual(['1', '2', '3', '4', '5']);
    const outcomes = await outcomesOf(gateway);
    expect(outcomes.map(({ attempts }) => (attempts[0]?.queuedMs ?? 0) > 0)).toEqual([false, false, true, true, true]);
    // Waiting is not Sluice's own time: if it were, none would have less of its own than it waited.
    const waited = outcomes.slice(2);
    for (const { attempts } of waited) expect(attempts).toHaveLength(1);
    expect(waited.some(({ overheadMs, attempts }) => overheadMs < (attempts[0]?.queuedMs ?? 0))).toBe(true);
  });

  it.each([
    ['round-robin', [4, 4]],
    ['least-requests', [1, 7]],
    ['least-tokens', [1, 7]],
  ])('pools.NAME.pick: %s', async (pick, expected) => {
    // The first request stays where it is; the others find one endpoint with it and one without.
    const held: (() => void)[] = [];
    const handler: Handler = (response, seen) => {
      if (textOf(seen).startsWith('stay')) held.push(() => ok(response, seen));
      else ok(response, seen);
    };
    const servers = [await upstream(handler), await upstream(handler)];
    const gateway = await over({ endpoints: servers.map(({ url }) => url), pick });
    const first = ask(gateway, `stay ${'a long way '.repeat(50)}`);
    await until('it is under way', () => held.length === 1);
    for (let i = 0; i < 7; i++) await ask(gateway, 'go');
    held[0]?.();
    await first;
    expect(servers.map(({ seen }) => seen.length).toSorted((x, y) => x - y)).toEqual(expected);
  });
});

describe('queues', () => {
  it.each([0, 1])('pools.NAME.queue.size: %i wait, the next is told when to come again', async (size) => {
    const { server, held, release } = await holding();
    const gateway = await over({ endpoints: [{ url: server.url, maxConcurrency: 1 }], queue: { size } });
    const first = ask(gateway, '1');
    await until('one is under way', () => held.length === 1);
    const waiting = Array.from({ length: size }, () => ask(gateway, '2'));
    await until('the others wait', async () => (await queueLength(gateway)) === size);
    const refused = await ask(gateway, '3');
    expectError(refused, 429, 'queue_full');
    // Nobody has been served yet: as long as one may wait.
    expect(refused.headers['retry-after']).toBe('10');
    for (const answer of [first, ...waiting]) {
      await until('the next is sent', () => held.length === 1);
      release();
      expect((await answer).status).toBe(200);
    }
    expect(server.seen.map(textOf)).not.toContain('3');
  });

  it('pools.NAME.queue.timeoutMs: who has waited so long is told when to come again', async () => {
    const { server, held, release } = await holding();
    const queue = { timeoutMs: 60 };
    const gateway = await over({ endpoints: [{ url: server.url, maxConcurrency: 1 }], queue });
    const first = ask(gateway, '1');
    await until('one is under way', () => held.length === 1);
    const from = performance.now();
    const refused = await ask(gateway, '2');
    expectError(refused, 429, 'queue_timeout');
    expect(refused.headers['retry-after']).toBe('1');
    expect(performance.now() - from).toBeGreaterThan(55);
    release();
    await first;
    expect(await metric(gateway, 'sluice_attempts_total')).toBe(1);
    expect(await metric(gateway, 'sluice_queue_wait_seconds_count')).toBe(2);
    const [, outcome] = await outcomesOf(gateway);
    expect(outcome).toMatchObject({
      finish: 'failed',
      status: 429,
      attempts: [{ endpoint: '', errorCode: 'SLUICE_POOL_QUEUE_TIMEOUT' }],
    });
    expect(server.seen).toHaveLength(1);
  });

  it('a caller who leaves the queue frees its place and is never sent', async () => {
    const { server, held, release } = await holding();
    const gateway = await over({ endpoints: [{ url: server.url, maxConcurrency: 1 }], queue: { size: 1 } });
    const first = ask(gateway, '1');
    await until('one is under way', () => held.length === 1);
    const leaver = httpRequest(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      agent: false,
    });
    leaver.on('error', () => undefined);
    leaver.end(JSON.stringify({ model: 'auto', messages: user('leaver') }));
    await until('it waits', async () => (await queueLength(gateway)) === 1);
    leaver.destroy();
    await until('it has left', async () => (await queueLength(gateway)) === 0);
    const second = ask(gateway, '2');
    await until('the next waits', async () => (await queueLength(gateway)) === 1);
    release();
    await until('the next is sent', () => server.seen.length === 2);
    release();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(server.seen.map(textOf)).toEqual(['1', '2']);
    const [, left] = await outcomesOf(gateway);
    expect(left).toMatchObject({
      finish: 'abandoned',
      status: 499,
      attempts: [{ errorCode: 'SLUICE_POOL_LEFT_QUEUE' }],
    });
  });

  it('a full queue is gone round by the fallbacks, which is no second attempt: nobody has been sent anything', async () => {
    const [{ server, held, release }, spare] = [await holding(), await upstream(ok)];
    const a = { endpoints: [{ url: server.url, maxConcurrency: 1 }], queue: { size: 0 } };
    const retryBudget = { ratio: 0, minPerSecond: 0 };
    const gateway = await gatewayOver(policyOver({ a, b: { endpoints: [spare.url] } }, { retryBudget }));
    const first = ask(gateway, '1');
    await until('one is under way', () => held.length === 1);
    for (let i = 0; i < 3; i++) expect((await ask(gateway, '2')).headers['x-sluice-pool']).toBe('b');
    release();
    await first;
  });
});

describe('health checks', () => {
  interface Checked {
    readonly server: Upstream;
    checks: number;
    well: boolean;
  }
  /** Chats well whatever its health path says. */
  async function checkedServer(path: string): Promise<Checked> {
    const checked = {
      checks: 0,
      well: true,
      server: await upstream((response, seen) => {
        if (seen.url !== path) return ok(response, seen);
        checked.checks++;
        response.writeHead(checked.well ? 204 : 503).end();
      }),
    };
    return checked;
  }
  const healthy = (gateway: TestGateway, { server }: Checked): Promise<number> =>
    metric(gateway, `sluice_endpoint_healthy{pool="a",endpoint="${server.url}"}`);
  const chats = ({ server }: Checked): number => server.seen.filter(({ url }) => url.endsWith('completions')).length;

  it.each([
    ['pools.NAME.healthCheck', { intervalMs: 20, timeoutMs: 20_000, unhealthyAfter: 1, healthyAfter: 1 }, '/v1/models'],
    [
      'pools.NAME.healthCheck.path',
      { path: '/alive?deep=1', intervalMs: 20, timeoutMs: 20_000, unhealthyAfter: 1, healthyAfter: 1 },
      '/alive?deep=1',
    ],
  ] as const)('%s: who fails it gets no requests until it is well again', async (_key, healthCheck, path) => {
    const [sick, other] = [await checkedServer(path), await checkedServer(path)];
    const endpoints = [sick.server.url, other.server.url];
    const gateway = await over({ endpoints, healthCheck, pick: 'round-robin' });
    sick.well = false;
    await until('it is left out', async () => (await healthy(gateway, sick)) === 0);
    const before = chats(sick);
    for (let i = 0; i < 6; i++) expect((await chat(gateway)).status).toBe(200);
    expect([chats(sick), chats(other)]).toEqual([before, 6]);
    sick.well = true;
    await until('it is back', async () => (await healthy(gateway, sick)) === 1);
    for (let i = 0; i < 6; i++) await chat(gateway);
    expect(chats(sick)).toBe(before + 3);
  });

  it('pools.NAME.healthCheck.intervalMs, pools.NAME.healthCheck.unhealthyAfter, pools.NAME.healthCheck.healthyAfter: as often and as many as they say', async () => {
    const server = await checkedServer('/v1/models');
    const healthCheck = { intervalMs: 20, timeoutMs: 20_000, unhealthyAfter: 4, healthyAfter: 3 };
    const gateway = await over({ endpoints: [server.server.url], healthCheck });
    await until('it is checked', () => server.checks > 0);
    server.well = false;
    const from = server.checks;
    await until('it is left out', () => gateway.log.some((line) => line.includes('health checks in a row failed')));
    expect(server.checks - from).toBe(4);
    const refused = await chat(gateway);
    expectError(refused, 503, 'no_healthy_upstream');
    expect(refused.headers['retry-after']).toBe('2');
    server.well = true;
    const then = server.checks;
    await until('it is back', () => gateway.log.some((line) => line.includes('health checks in a row passed')));
    expect(server.checks - then).toBe(3);
    expect((await chat(gateway)).status).toBe(200);
  });

  it('pools.NAME.healthCheck.timeoutMs: no answer in time is a failed check', async () => {
    const server = await upstream((response, seen) => (seen.url === '/h' ? never : ok)(response, seen));
    const healthCheck = { path: '/h', intervalMs: 10, timeoutMs: 30, unhealthyAfter: 1 };
    const gateway = await over({ endpoints: [server.url], healthCheck });
    await until('it is left out', () => gateway.log.some((line) => line.includes('no answer within 30 ms')));
    expectError(await chat(gateway), 503, 'no_healthy_upstream');
  });
});

it.each([
  ['vllm', { include_usage: true }],
  ['openai', { include_usage: true }],
  ['generic', undefined],
])('pools.NAME.engine: %s is asked for usage accordingly', async (engine, expected) => {
  const server = await upstream((response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'),
  );
  const gateway = await over({ endpoints: [server.url], engine });
  await chat(gateway, { stream: true });
  expect(JSON.parse(server.seen[0]?.body.toString() ?? '').stream_options).toEqual(expected);
});

describe('timeouts', () => {
  const piece = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
  const trickle: Handler = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(piece);
    const timer = setInterval(() => response.write(piece), 10);
    response.on('close', () => clearInterval(timer));
  };
  const stall: Handler = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(piece);

  it('pools.NAME.timeouts.connectMs: who takes no connection is given up', async () => {
    // TEST-NET-1: packets go nowhere, or the network says at once that it is unreachable.
    const gateway = await over({ endpoints: ['http://192.0.2.1:9/v1'], timeouts: { connectMs: 50 } });
    const answer = await chat(gateway);
    expect(['upstream_connect_timeout', 'upstream_unreachable']).toContain(answer.json().error.code);
    if (answer.status === 504) expect(answer.json().error.message).toContain('within 50 ms');
  });

  it.each([
    ['timeouts.ttftMs', 'routes[].timeouts.ttftMs', { ttftMs: 40 }, never, 'upstream_timeout', 504],
    ['timeouts.itlMs', 'routes[].timeouts.itlMs', { itlMs: 40 }, stall, 'upstream_stalled', 200],
    ['timeouts.totalMs', 'routes[].timeouts.totalMs', { totalMs: 1_000 }, trickle, 'upstream_total_timeout', 200],
  ] as const)('%s, %s: who takes longer is given up', async (key, _route, timeouts, handler, code, status) => {
    const server = await upstream(handler);
    const routes = [
      { name: 'patient', candidates: ['a'] },
      { name: 'hasty', candidates: ['a'], timeouts },
    ];
    const aliases = { auto: 'patient', hasty: 'hasty' };
    const ofRoute = await over({ endpoints: [server.url] }, { routes: [routes[1]], aliases: { hasty: 'hasty' } });
    const ofPolicy = await over({ endpoints: [server.url] }, { routes, aliases, timeouts });
    for (const [gateway, model] of [
      [ofRoute, 'hasty'],
      [ofPolicy, 'auto'],
      [ofPolicy, 'a'],
    ] as const) {
      const answer = await chat(gateway, { model, stream: true });
      expect([answer.status, answer.text], key).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
    }
    await until('the upstream is released', () => server.seen.every(({ releasedAt }) => releasedAt !== undefined));
  });

  it('timeouts.totalMs: nobody else is asked when it is over', async () => {
    const [slow, other] = [await upstream(never), await upstream(ok)];
    const pools = { a: { endpoints: [slow.url] }, b: { endpoints: [other.url] } };
    const gateway = await gatewayOver(policyOver(pools, { timeouts: { totalMs: 60 } }));
    expectError(await chat(gateway), 504, 'upstream_total_timeout');
    expect(other.seen).toHaveLength(0);
  });

  it('timeouts.totalMs: the time in a queue is part of it', async () => {
    const [{ server, held, release }, other] = [await holding(), await upstream(ok)];
    const a = { endpoints: [{ url: server.url, maxConcurrency: 1 }] };
    const routes = [{ name: 'main', candidates: ['a', 'b'], timeouts: { totalMs: 60 } }];
    const gateway = await gatewayOver(policyOver({ a, b: { endpoints: [other.url] } }, { routes }));
    const first = chat(gateway, { model: 'a', messages: user('1') });
    await until('one is under way', () => held.length === 1);
    expectError(await ask(gateway, '2'), 504, 'upstream_total_timeout');
    release();
    await first;
    expect([server.seen.length, other.seen.length]).toEqual([1, 0]);
    expect((await outcomesOf(gateway)).map(({ finish }) => finish)).toEqual(['completed', 'failed']);
  });
});

describe('limits', () => {
  it('limits.concurrentRequests: more are told to come again', async () => {
    const { server, held, release } = await holding();
    const gateway = await over({ endpoints: [server.url] }, { limits: { concurrentRequests: 2 } });
    const under = [ask(gateway, '1'), ask(gateway, '2')];
    await until('two are under way', () => held.length === 2);
    const refused = await chat(gateway, { model: 'a' });
    expectError(refused, 429, 'too_many_requests');
    expect([refused.headers['retry-after'], refused.json().error.type]).toEqual(['1', 'rate_limit_error']);
    expect((await chat(gateway, {}, { 'x-sluice-dry-run': 'true' })).status).toBe(200);
    release();
    release();
    await Promise.all(under);
    server.answer(ok);
    expect((await chat(gateway)).status).toBe(200);
    expect(await outcomesOf(gateway)).toHaveLength(3);
  });

  it.each([
    ['chat/completions', { messages: user('word '.repeat(60)) }, 'messages'],
    ['completions', { prompt: 'word '.repeat(60) }, 'prompt'],
    ['embeddings', { input: Array.from({ length: 60 }, () => 7) }, 'input'],
  ])('limits.inputTokens: %s with more are refused', async (path, body, param) => {
    const server = await sim('m-a');
    const gateway = await over({ endpoints: [server.url] }, { limits: { inputTokens: 50 } });
    for (const model of ['auto', 'a']) {
      const answer = await call(gateway, path, { ...body, model });
      expectError(answer, 400, 'input_limit_exceeded');
      expect(answer.json().error.param).toBe(param);
    }
    expect((await chat(gateway)).status).toBe(200);
    expect(server.stats().requests).toBe(1);
  });

  it('limits.outputTokens: a higher limit of the caller’s is refused, none is let pass', async () => {
    const server = await sim('m-a');
    const gateway = await over({ endpoints: [server.url] }, { limits: { outputTokens: 50 } });
    expectError(await chat(gateway, { max_tokens: 51 }), 400, 'output_limit_exceeded');
    expectError(await chat(gateway, { max_completion_tokens: 51 }), 400, 'output_limit_exceeded');
    expectError(await call(gateway, 'completions', { prompt: 'x', max_tokens: 51 }), 400, 'output_limit_exceeded');
    expect((await chat(gateway, { max_tokens: 50 })).status).toBe(200);
    expect((await chat(gateway)).status).toBe(200);
    expect((await call(gateway, 'embeddings', { input: 'x' })).status).toBe(200);
  });
});

describe('retries', () => {
  /** `a` says that it is busy, but not for how long: it is asked every time. */
  async function outage(retryBudget: object) {
    const [a, b] = [await upstream(error(429, { 'retry-after': '0' })), await upstream(error(500))];
    const routes = [{ name: 'main', candidates: ['a'], fallbacks: ['b'] }];
    const pools = { a: { endpoints: [a.url] }, b: { endpoints: [b.url] } };
    b.answer(error(429, { 'retry-after': '0' }));
    return { a, b, gateway: await gatewayOver(policyOver(pools, { routes, retryBudget })) };
  }

  it.each([
    ['retryBudget.ratio', { ratio: 0.2, minPerSecond: 0 }, 8],
    ['retryBudget.minPerSecond', { ratio: 0, minPerSecond: 0.5 }, 5],
  ])('%s: an outage is not multiplied, and its own words reach the caller', async (_key, budget, extra) => {
    const { a, b, gateway } = await outage(budget);
    for (let i = 0; i < 40; i++) expectError(await chat(gateway), 429, 'own_429');
    expect([a.seen.length, b.seen.length]).toEqual([40, extra]);
  });

  it.each([
    [['c', 'b'], 'c'],
    [['b', 'c'], 'b'],
    [[], undefined],
    [undefined, 'b'],
  ])('routes[].fallbacks: %j are tried in this order', async (fallbacks, who) => {
    const [a, b, c] = [await upstream(error(500)), await upstream(ok), await upstream(ok)];
    const pools = { a: { endpoints: [a.url] }, b: { endpoints: [b.url] }, c: { endpoints: [c.url] } };
    const routes = [{ name: 'main', candidates: ['a', 'b'], ...(fallbacks === undefined ? {} : { fallbacks }) }];
    const gateway = await gatewayOver(policyOver(pools, { routes }));
    const answer = await chat(gateway);
    if (who === undefined) expectError(answer, 500, 'own_500');
    else expect([answer.status, answer.headers['x-sluice-pool']]).toEqual([200, who]);
  });
});

it('fastest.floor: 0 sends all to the pool that was seen to be the faster one', async () => {
  const slow = await upstream((response, seen) => void setTimeout(() => ok(response, seen), 1_000));
  const fast = await upstream(ok);
  const routes = [{ name: 'main', candidates: ['slow', 'fast'], strategy: { kind: 'fastest', floor: 0 } }];
  const pools = { slow: { endpoints: [slow.url] }, fast: { endpoints: [fast.url] } };
  const gateway = await gatewayOver(policyOver(pools, { routes }));
  for (let i = 0; i < 8; i++) await chat(gateway);
  // Each is looked at once.
  expect([slow.seen.length, fast.seen.length]).toEqual([1, 7]);
});

describe('Retry-After', () => {
  it.each([
    ['seconds', () => '50'],
    ['a date', () => new Date(Date.now() + 50_000).toUTCString()],
  ])('of an upstream is honoured and passed on: %s', async (_form, write) => {
    const header = write();
    const server = await upstream(error(429, { 'retry-after': header }));
    const gateway = await over({ endpoints: [server.url] });
    const first = await chat(gateway);
    expectError(first, 429, 'own_429');
    expect(first.headers['retry-after']).toBe(header);
    const second = await chat(gateway);
    expectError(second, 503, 'no_healthy_upstream');
    // What is left of it.
    expect(second.headers['retry-after']).toMatch(/^(?:[34]\d|50)$/u);
    expect(server.seen).toHaveLength(1);
  });

  it('is the soonest of all that could answer', async () => {
    const [a, b] = [
      await upstream(error(503, { 'retry-after': '59' })),
      await upstream(error(429, { 'retry-after': '30' })),
    ];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
    await chat(gateway);
    expect((await chat(gateway)).headers['retry-after']).toMatch(/^(?:[12]\d|30)$/u);
  });

  it('sends the requests elsewhere meanwhile', async () => {
    const [a, b] = [await upstream(error(429, { 'retry-after': '30' })), await upstream(ok)];
    const gateway = await gatewayOver(policyOver({ a: { endpoints: [a.url] }, b: { endpoints: [b.url] } }));
    for (let i = 0; i < 5; i++) expect((await chat(gateway)).headers['x-sluice-pool']).toBe('b');
    expect([a.seen.length, b.seen.length]).toEqual([1, 5]);
  });
});
