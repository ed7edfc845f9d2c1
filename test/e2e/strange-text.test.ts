// Text that nobody writes, before a policy that asks everything of it: answered, in bounded time, and nothing is left harmed.
import { describe, expect, it } from 'vitest';
import {
  call,
  chat,
  gatewayOver,
  policyOver,
  upstream,
  user,
  type Answer,
  type TestGateway,
  type Upstream,
} from './harness.ts';
import { expectUnharmed } from './unharmed.ts';

/** Of megabytes most is moving and parsing them. A text that runs away takes minutes. */
const boundMs = (characters: number): number => 5_000 + characters / 5_000;
const TRIES = 5;

/** Asks until an answer comes in time: a busy machine is late now and then, not every time. */
async function expectInTime(characters: number, ask: () => Promise<Answer>): Promise<Answer> {
  const took: number[] = [];
  for (;;) {
    const from = performance.now();
    const answer = await ask();
    took.push(performance.now() - from);
    if (Math.min(...took) < boundMs(characters)) return answer;
    if (took.length === TRIES) expect.fail(`it took ${took.map(Math.round).join(', ')} ms`);
  }
}

/** No side of the "or"s holds for what is sent here, so that each is asked. */
const EVERYTHING = [
  'topic == "nothing"',
  'topic_group == "nothing"',
  'topic_p["law"] > 1.5',
  'topic_confidence > 1.5',
  'task == "nothing"',
  'difficulty > 1.5',
  'asks_facts > 1.5',
  'language == "nothing"',
  'feedback == "nothing"',
  'reask > 1.5',
  'similar("refunds") > 1.5',
  'keywords("legal")',
  'keyword_count("typos") > 99',
  'keywords("ids")',
  'signals.sum',
];

const SIGNALS = ['similar("refunds")', 'keywords("legal")', 'keyword_count("typos")', 'keywords("ids")', 'sum'];

const MORE = {
  topics: {
    refunds: { examples: ['I want my money back', 'please refund my order', 'pay me back', 'how do I get a refund'] },
  },
  keywords: {
    legal: { any: ['zzz force majeure'], patterns: ['q{5}z+'] },
    typos: { any: ['reimbursement'], fuzzy: 2 },
    ids: { patterns: ['(a+)+!$', 'NDA-[0-9]{4}'], in: 'all' },
  },
  signals: {
    sum: { value: 'difficulty + reask + similar("refunds") + topic_p["unknown"] > 9.0', default: true },
  },
  routes: [
    { name: 'all', when: EVERYTHING.join(' || '), candidates: ['a'] },
    { name: 'main', candidates: ['a', 'b'], strategy: { kind: 'semantic' } },
  ],
};

async function start(): Promise<{ gateway: TestGateway; server: Upstream }> {
  const server = await upstream((response, { url }) => {
    const answer = url.endsWith('/embeddings')
      ? { object: 'list', data: [{ index: 0, embedding: [0] }] }
      : { choices: [] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const pool = (quality: object): object => ({ endpoints: [server.url], contextWindow: 100_000_000, quality });
  const pools = { a: pool({ overall: 0.6, code: 0.9 }), b: pool({ overall: 0.7 }) };
  const policy = policyOver(pools as Parameters<typeof policyOver>[0], MORE);
  return { gateway: await gatewayOver(policy, { env: { SLUICE_BODY_LIMIT_MIB: '64' } }), server };
}

const part = (content: readonly object[]): object => ({ role: 'user', content });
const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${'iVBORw0KGgo'.repeat(20_000)}` } };
const base64 = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)).toString(
  'base64',
);

const TEXTS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['blanks', ' \n\t\u00a0\u3000'.repeat(5_000)],
  ['50 MB of one letter', 'a'.repeat(50_000_000)],
  ['50 MB of one blank', ' '.repeat(50_000_000)],
  ['15 MB of one ideograph', '退'.repeat(5_000_000)],
  ['lone surrogates', '\ud800 a \udfff\ud83d x'.repeat(10_000)],
  ['one lone surrogate', '\ud800'],
  ['right to left', 'כמה זה עולה בבקשה? أين طلبي؟ \u202eabc\u202c \u200f'.repeat(2_000)],
  ['Chinese, Japanese, Korean', '请退款给我。返金してください。환불해 주세요. '.repeat(5_000)],
  ['marks upon marks', `e${'\u0301\u0323'.repeat(100_000)}`],
  ['a family of joined signs', '👩‍👩‍👧‍👦🏽'.repeat(20_000)],
  ['base64', base64],
  ['base64 without an end of line, in a sentence', `What is in ${base64}?`],
  ['control characters', '\u0000\u0001\u001b[31m\u007f\ufeff\ufffe'.repeat(10_000)],
  ['a word of a million letters, almost a match', `${'a'.repeat(1_000_000)}?`],
  ['words that are near a keyword', 'reimbursment reimbursemant '.repeat(20_000)],
];

const MESSAGES: readonly (readonly [string, readonly object[]])[] = [
  ['images alone', [part([picture, picture])]],
  ['no parts', [part([])]],
  [
    'parts of unknown types',
    [part([{ type: 'hologram', hologram: { text: ['x'] } }, { type: 'text' }, { type: 'text', text: 'Hi' }])],
  ],
  ['a part of another type that has a text', [part([{ type: 'refusal', text: 'x'.repeat(100_000) }])]],
  ['10,000 parts', [part(Array.from({ length: 10_000 }, (_, i) => ({ type: 'text', text: `part ${i}` })))]],
  [
    '10,000 messages',
    Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: `say it again, ${i >> 3}`,
    })),
  ],
  [
    'no message of a user',
    [
      { role: 'system', content: 'Be brief.' },
      { role: 'assistant', content: null },
    ],
  ],
  ['a user who says nothing after an answer', [...user('Hi'), { role: 'assistant', content: 'Hello' }, ...user('')]],
];

async function expectAnswered(gateway: TestGateway, server: Upstream, messages: readonly object[]): Promise<void> {
  const sent = JSON.stringify(messages);
  const answer = await expectInTime(sent.length, () => chat(gateway, { messages }));
  expect([answer.status, answer.headers['x-sluice-route']]).toEqual([200, 'main']);
  const passed = JSON.parse(server.seen.at(-1)?.body.toString() ?? '') as { messages: unknown };
  // A difference of 50 MB is nothing to print.
  expect(JSON.stringify(passed.messages) === sent).toBe(true);
}

describe('a policy that asks everything', () => {
  it.each(TEXTS)('is told of %s', async (_what, text) => {
    const { gateway, server } = await start();
    await expectAnswered(gateway, server, user(text));
    // As what the answer before it is judged by, and what it repeats.
    if (text.length < 1_000_000)
      await expectAnswered(gateway, server, [...user(text), { role: 'assistant', content: text }, ...user(text)]);
    expect((await expectUnharmed(gateway)).every(({ finish }) => finish === 'completed')).toBe(true);
  });

  it.each(MESSAGES)('is told of %s', async (_what, messages) => {
    const { gateway, server } = await start();
    await expectAnswered(gateway, server, messages);
    expect((await expectUnharmed(gateway)).every(({ finish }) => finish === 'completed')).toBe(true);
  });

  it.each([
    ['completions', { prompt: '' }],
    ['completions', { prompt: ['\ud800', '退'.repeat(1_000_000)] }],
    ['completions', { prompt: [[1, 2, 3]] }],
    ['embeddings', { input: ['', base64] }],
    ['embeddings', { input: [1, 2, 3] }],
  ])('is told of %s, whatever they are of', async (path, body) => {
    const { gateway } = await start();
    expect((await expectInTime(1_000_000, () => call(gateway, path, body))).status).toBe(200);
    await expectUnharmed(gateway);
  });

  it('asks everything indeed', async () => {
    const { gateway } = await start();
    const dry = (await chat(gateway, { messages: user('a'.repeat(100_000)) }, { 'x-sluice-dry-run': 'true' })).json();
    expect(dry.signals.map(({ name }: { name: string }) => name).toSorted()).toEqual(SIGNALS.toSorted());
    expect(dry.signals.every(({ why }: { why: string | null }) => why === null)).toBe(true);
  });
});
