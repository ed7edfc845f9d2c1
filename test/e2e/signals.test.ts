// Keywords, topics and named signals in a gateway that serves: routes go by them, and an encoder that is dead, slow or lies makes routing plainer, never a failed request.
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runSluice } from './child-gateway.ts';
import { readDataDirectory } from './log-reader.ts';
import {
  call,
  chat,
  gatewayOver,
  idOf,
  metric,
  policyOver,
  send,
  sim,
  until,
  upstream,
  user,
  type Answer,
  type TestGateway,
  type Upstream,
} from './harness.ts';

const REFUNDS = [
  'I want my money back',
  'please refund my order',
  'cancel it and pay me back',
  'how do I get a refund',
];
const DELAYS = ['my parcel is late', 'where is my order', 'it has not come yet', 'the delivery is delayed'];
const topics = { refunds: { examples: REFUNDS }, delays: { examples: DELAYS } };

type Route = { readonly name: string; readonly when?: string };

async function gatewayWith(
  more: object,
  routes: readonly Route[],
  options: Parameters<typeof gatewayOver>[1] = {},
): Promise<TestGateway> {
  const pool = await sim('m-main');
  return gatewayOver(policy(pool.url, more, routes), options);
}

function policy(url: string, more: object, routes: readonly Route[]): string {
  const all = [...routes, { name: 'main' }].map((route) => ({ ...route, candidates: ['main'] }));
  return policyOver({ main: { endpoints: [url] } }, { ...more, routes: all });
}

const route = ({ headers }: Answer): unknown => headers['x-sluice-route'];
const ask = (gateway: TestGateway, text: string): Promise<Answer> => chat(gateway, { messages: user(text) });
const dryRun = async (
  gateway: TestGateway,
  text: string,
): Promise<{ route: string; signals: { name: string; value: unknown; why: string | null }[]; reasons: string[] }> =>
  (await chat(gateway, { messages: user(text) }, { 'x-sluice-dry-run': 'true' })).json();

describe('signals that are told at once', () => {
  const KEYWORDS = { keywords: { legal: { any: ['gdpr', 'force majeure'] }, pii: { builtin: 'pii', in: 'all' } } };

  it('lead requests, and stand in the decision without any text', async () => {
    const gateway = await gatewayWith(
      {
        ...KEYWORDS,
        signals: { sensitive: { value: 'keywords("pii") || keyword_count("legal") > 1', default: true } },
      },
      [{ name: 'private', when: 'signals.sensitive' }],
    );
    const canary = 'canary@example.com';
    const answers = [
      await ask(gateway, `write to ${canary}`),
      await ask(gateway, 'GDPR'),
      await ask(gateway, 'GDPR and force-majeure'),
    ];
    expect(answers.map(route)).toEqual(['private', 'main', 'private']);
    expect(route(await call(gateway, 'completions', { prompt: ['a', canary] }))).toBe('private');
    expect(route(await call(gateway, 'embeddings', { input: canary }))).toBe('private');
    const earlier = [...user(canary), { role: 'assistant', content: 'noted' }, ...user('thanks')];
    expect(route(await chat(gateway, { messages: earlier }))).toBe('private');
    const dry = await dryRun(gateway, 'the GDPR');
    expect(dry.signals).toEqual([
      { name: 'keywords("pii")', value: false, why: null },
      { name: 'keyword_count("legal")', value: 1, why: null },
      { name: 'sensitive', value: false, why: null },
    ]);
    expect(dry.reasons).toContain('sensitive is false');
    await gateway.close();
    const { decisions } = await readDataDirectory(gateway.dataDir);
    expect(decisions[0]?.record.decision).toMatchObject({
      signals: [
        { name: 'keywords("pii")', value: true },
        { name: 'sensitive', value: true },
      ],
    });
    expect(JSON.stringify(decisions)).not.toContain('canary');
    const log = runSluice(['log', '--data-dir', gateway.dataDir, '--explain', idOf(answers[0] as Answer)]);
    await log.ended;
    expect(log.printed).toContain('sensitive was true');
    expect(log.printed).not.toContain('canary');
  });

  it('similar() goes by the built-in features where no encoder is asked for', async () => {
    const gateway = await gatewayWith({ topics }, [{ name: 'refunds', when: 'similar("refunds") + 0.0 > 0.5' }]);
    const answers = [
      await ask(gateway, 'please refund my last order'),
      await ask(gateway, 'write a poem about the sea'),
    ];
    expect(answers.map(route)).toEqual(['refunds', 'main']);
    const { signals } = await dryRun(gateway, 'I want my money back now');
    expect(signals).toEqual([{ name: 'similar("refunds")', value: expect.any(Number), why: null }]);
  });

  it('change with the policy, whole or not at all', async () => {
    const pool = await sim('m-main');
    const having = (word: string): string =>
      policy(pool.url, { keywords: { k: { any: [word] } } }, [{ name: 'found', when: 'keywords("k")' }]);
    const gateway = await gatewayOver(having('alpha'));
    await gateway.reload(having('beta'));
    expect([route(await ask(gateway, 'alpha')), route(await ask(gateway, 'beta'))]).toEqual(['main', 'found']);
    await gateway.reload(having('gamma').replace('keywords(\\"k\\")', 'keywords(\\"l\\")'));
    expect(gateway.log.at(-1)).toContain('not defined under keywords');
    expect(route(await ask(gateway, 'beta'))).toBe('found');
  });
});

type Mood = 'honest' | 'slow' | 'silent' | 'dead' | 'wide' | 'nan' | 'empty' | 'html';

interface Encoder {
  readonly server: Upstream;
  mood: Mood;
  /** Answers of the mood `silent`, which it gives when the test says so. */
  readonly held: (() => void)[];
  /** Texts of requests that it was asked for; those of the policy's phrases are not counted. */
  readonly asked: string[];
}

/** Puts refunds at one end and everything else at the other. */
async function encoder(): Promise<Encoder> {
  const asked: string[] = [];
  const held: (() => void)[] = [];
  const state: { mood: Mood } = { mood: 'honest' };
  const server = await upstream((response, { body }) => {
    const { input } = JSON.parse(body.toString()) as { input: string | readonly string[] };
    const texts = typeof input === 'string' ? [input] : input;
    for (const text of texts) if (text.startsWith('req:')) asked.push(text);
    const vector = (text: string): unknown => {
      if (state.mood === 'wide') return [1, 2, 3, 4, 5];
      if (state.mood === 'nan') return [null, 'x', 1];
      const refund = [...REFUNDS, 'req: pay'].some((one) => text.startsWith(one));
      return refund
        ? [1, 0.1, 0]
        : DELAYS.includes(text)
          ? [0, 0.1, 1]
          : [0.02 * (text.length % 7), 1, 0.03 * (text.length % 5)];
    };
    const data = state.mood === 'empty' ? [] : texts.map((text, index) => ({ index, embedding: vector(text) }));
    const answer = (): void =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(state.mood === 'html' ? '<p>' : JSON.stringify({ data }));
    if (state.mood === 'dead') response.socket?.destroy();
    else if (state.mood === 'slow') void pause(400).then(answer);
    else if (state.mood === 'silent') held.push(answer);
    else answer();
  });
  return {
    server,
    asked,
    held,
    get mood() {
      return state.mood;
    },
    set mood(mood) {
      state.mood = mood;
    },
  };
}

const ROUTES = [
  { name: 'json', when: 'json' },
  { name: 'private', when: 'keywords("pii") || signals.refund' },
  { name: 'near', when: 'similar("refunds") > 0.5' },
];

/** Its own deadline is for what never answers; the signal's is what is tried. */
const withEncoder = ({ server }: Encoder, more: object = {}): object => ({
  topics,
  keywords: { pii: { builtin: 'email' } },
  signals: { refund: { value: 'similar("refunds") > 0.5', default: true, deadlineMs: 40 } },
  embedder: { kind: 'http', url: server.url, model: 'e', deadlineMs: 20_000, cache: 0 },
  ...more,
});

describe('an encoder that routes ask', () => {
  it('leads requests by what it says, and is asked only when a route cannot be told without it, once', async () => {
    const told = await encoder();
    const gateway = await gatewayWith(
      withEncoder(told, {
        signals: { refund: { value: 'similar("refunds") > 0.5', default: false, deadlineMs: 10_000 } },
      }),
      ROUTES,
    );
    expect(route(await ask(gateway, 'req: pay what is mine'))).toBe('private');
    expect(route(await ask(gateway, 'req: a poem'))).toBe('main');
    expect(told.asked).toEqual(['req: pay what is mine', 'req: a poem']);
    // Settled before: by an earlier route, by the other side of an "or", by a name that needs no route.
    expect(route(await chat(gateway, { messages: user('req: pay'), response_format: { type: 'json_object' } }))).toBe(
      'json',
    );
    expect(route(await ask(gateway, 'req: a@example.com'))).toBe('private');
    expect(route(await chat(gateway, { model: 'main', messages: user('req: pay') }))).toBe('(direct)');
    expect(told.asked).toHaveLength(2);
    const dry = await dryRun(gateway, 'req: pay back');
    expect(dry.signals).toEqual([
      { name: 'keywords("pii")', value: false, why: null },
      { name: 'similar("refunds")', value: expect.any(Number), why: null },
      { name: 'refund', value: true, why: null },
    ]);
    expect(
      (await send(`${gateway.url}/v1/route`, { body: { model: 'auto', messages: user('req: a poem') } })).json().route,
    ).toBe('main');
    const missing = await chat(gateway, { model: 'nobody', messages: user('req: x') });
    expect([missing.status, missing.json().error.code]).toEqual([404, 'model_not_found']);
  });

  it.each([
    ['silent', /^the default, for the encoder took longer than 40 ms$/],
    ['dead', /^the default, for ./],
    ['wide', /^the default, for ./],
    ['nan', /^the default, for ./],
    ['empty', /^the default, for ./],
    ['html', /^the default, for ./],
  ] as const)('that is %s fails no request: the default is taken, and the decision says so', async (mood, why) => {
    const told = await encoder();
    const gateway = await gatewayWith(withEncoder(told), ROUTES.slice(0, 2));
    told.mood = mood;
    const answer = await ask(gateway, 'req: anything');
    expect([answer.status, route(answer)]).toEqual([200, 'private']);
    const { signals, route: chosen } = await dryRun(gateway, 'req: something');
    expect(chosen).toBe('private');
    expect(signals.at(-1)).toEqual({ name: 'refund', value: true, why: expect.stringMatching(why) });
  });

  it('that is dead gives way to the built-in features where a condition asks it by itself, and the decision says so', async () => {
    const told = await encoder();
    const gateway = await gatewayWith(withEncoder(told, { signals: {}, keywords: {} }), [
      { name: 'near', when: 'similar("refunds") > 0.5' },
    ]);
    told.mood = 'dead';
    expect(route(await ask(gateway, 'please refund my last order'))).toBe('near');
    const { signals, reasons } = await dryRun(gateway, 'write a poem about the sea');
    expect(signals).toEqual([
      { name: 'similar("refunds")', value: expect.any(Number), why: expect.stringMatching(/./) },
    ]);
    expect(reasons.some((reason) => /^similar\("refunds"\) is [\d.e-]+: ./.test(reason))).toBe(true);
  });

  it('that is dead at the start leaves the built-in features, with a warning', async () => {
    const told = await encoder();
    told.mood = 'dead';
    const embedder = { kind: 'http', url: told.server.url, model: 'e', deadlineMs: 100, dimensions: 3 };
    const gateway = await gatewayWith({ topics, embedder }, [{ name: 'near', when: 'similar("refunds") > 0.5' }]);
    expect(gateway.log.join('\n')).toContain(
      'topics are told by the built-in features, for the encoder cannot be asked',
    );
    expect(route(await ask(gateway, 'please refund my last order'))).toBe('near');
    expect((await dryRun(gateway, 'x')).signals[0]?.why ?? '').toMatch(/./);
  });

  it('that takes longer than one signal waits and not than another is late for the one alone', async () => {
    const told = await encoder();
    const signals = {
      hurried: { value: 'similar("refunds") > 0.5', default: true, deadlineMs: 100 },
      patient: { value: 'similar("delays") > 0.5', default: true, deadlineMs: 10_000 },
    };
    const gateway = await gatewayWith(withEncoder(told, { signals, keywords: {} }), [
      { name: 'near', when: 'signals.patient && signals.hurried' },
      { name: 'far', when: 'signals.hurried' },
    ]);
    told.mood = 'slow';
    const { signals: said, route: chosen } = await dryRun(gateway, 'req: a poem');
    expect(chosen).toBe('far');
    expect(said.filter(({ name }) => name in signals)).toEqual([
      { name: 'patient', value: false, why: null },
      {
        name: 'hurried',
        value: true,
        why: expect.stringMatching(/^the default, for the encoder took \d+ ms, which is over 100 ms$/),
      },
    ]);
    expect(told.asked).toHaveLength(1);
  });

  const NEAR = [{ name: 'near', when: 'similar("refunds") > 0.5' }];

  it('does not let more requests in than are allowed', async () => {
    const told = await encoder();
    const held: (() => void)[] = [];
    const pool = await upstream((response) => {
      held.push(() => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}'));
    });
    const limits = { concurrentRequests: 1 };
    const gateway = await gatewayOver(policy(pool.url, withEncoder(told, { limits, signals: {}, keywords: {} }), NEAR));
    told.mood = 'silent';
    const both = [ask(gateway, 'req: one'), ask(gateway, 'req: two')];
    // Both have been let in to wait for the encoder.
    await until('both are waited for', () => told.held.length === 2);
    for (const answer of told.held) answer();
    const refused = await Promise.race(both);
    expect([refused.status, refused.json().error.code]).toEqual([429, 'too_many_requests']);
    await until('the other is under way', () => held.length === 1);
    held[0]?.();
    expect((await Promise.all(both)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429]);
    expect(held).toHaveLength(1);
  });

  it('notices a caller who leaves while it is waited for', async () => {
    const told = await encoder();
    const pool = await upstream((response) => void response.end());
    const gateway = await gatewayOver(policy(pool.url, withEncoder(told, { signals: {}, keywords: {} }), NEAR));
    told.mood = 'silent';
    const leaver = request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      agent: false,
    });
    leaver.on('error', () => undefined);
    leaver.end(JSON.stringify({ model: 'auto', messages: user('req: leaver') }));
    await until('the encoder is asked', () => told.held.length === 1);
    leaver.destroy();
    // The gateway has seen it leave when it answers who comes later.
    await send(`${gateway.url}/healthz`);
    told.held[0]?.();
    await until('it has ended', async () => (await metric(gateway, 'sluice_requests_total')) === 1);
    await gateway.close();
    const { decisions } = await readDataDirectory(gateway.dataDir);
    expect(decisions.map(({ outcome }) => outcome.finish)).toEqual(['abandoned']);
    expect(pool.seen).toHaveLength(0);
  });
});
