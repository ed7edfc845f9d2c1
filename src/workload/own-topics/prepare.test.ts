// Topics of one's own: what is near scores high, in [0, 1], for any text and any vector, with and without an encoder.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Embedding, loadWordpieceTable, type SentenceEmbedder } from '../../embedding/index.ts';
import { createStaticTopicMatcher, prepareTopics } from './prepare.ts';
import type { DenseTable } from './static-space.ts';
import type { OwnTopic } from './types.ts';

const topic = (name: string, examples: readonly string[], rest: Partial<OwnTopic> = {}): OwnTopic => ({
  name,
  examples,
  not: [],
  threshold: 0.5,
  ...rest,
});

const REFUNDS = topic('refunds', [
  'I want my money back',
  'please refund my last order',
  'you charged me twice, pay it back',
  'how do I get a refund for these shoes',
  'cancel the order and refund me',
]);
const DELAYS = topic('delays', [
  'my parcel is late',
  'where is my order, it should be here by now',
  'the delivery has not come yet',
  'how long until the package arrives',
  'tracking says it is stuck since monday',
]);

const table: DenseTable = { fingerprint: 'letters', columns: 32, read: (text) => letters(text) };

/** A dense vector of which only this much is true: the same letters, the same vector. */
function letters(text: string): Float32Array {
  const vector = new Float32Array(32);
  for (const character of text.toLowerCase()) {
    const at = character.charCodeAt(0) - 97;
    if (at >= 0 && at < 26) vector[at] = (vector[at] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function encoderOf(embed: (text: string, call: number) => Embedding): SentenceEmbedder & { calls: number } {
  return {
    kind: 'transformers',
    dimensions: 32,
    fingerprint: 'letters',
    calls: 0,
    embed(text) {
      this.calls++;
      return Promise.resolve(embed(text, this.calls));
    },
    close: () => Promise.resolve(),
  };
}
const vectorOf = (text: string): Embedding => ({ kind: 'vector', vector: letters(text), space: 'letters' });
const logOdds = (p: number): number => Math.log(p / (1 - p));
const scoreBy = (by: DenseTable | undefined, text: string, topics: readonly OwnTopic[]): number[] => [
  ...createStaticTopicMatcher(topics, by).score(text),
];
const score = (text: string, topics: readonly OwnTopic[]): number[] => scoreBy(table, text, topics);

describe.each([
  ['with a table', loadWordpieceTable()],
  ['without one', undefined],
])('the static matcher %s', (_, by) => {
  it('puts a text with its topic, and ordinary ones with none', () => {
    const [refunds = 0, delays = 1] = scoreBy(by, 'I would like a refund, please give me my money back', [
      REFUNDS,
      DELAYS,
    ]);
    expect(refunds).toBeGreaterThan(0.5);
    expect(delays).toBeLessThan(0.5);
    for (const text of ['write a haiku about autumn', 'what is the capital of France?'])
      expect(Math.max(...scoreBy(by, text, [REFUNDS, DELAYS]))).toBeLessThan(0.5);
  });

  it('stands with one topic alone', () => {
    expect(scoreBy(by, 'can I have a refund for my order', [REFUNDS])[0]).toBeGreaterThan(0.5);
    expect(scoreBy(by, 'how do I sort a list in python', [REFUNDS])[0]).toBeLessThan(0.5);
  });

  it.each(['', ' \n\t', '\u3000'])('has nothing to say about %j', (text) => {
    expect(scoreBy(by, text, [REFUNDS, DELAYS])).toEqual([0, 0]);
  });

  it('takes any text', () => {
    const matcher = createStaticTopicMatcher([REFUNDS, DELAYS], by);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const value of matcher.score(text)) expect(value >= 0 && value <= 1).toBe(true);
      }),
    );
    for (const text of ['a'.repeat(2_000_000), '退款'.repeat(100_000), '\ud800', 'refund '.repeat(50_000)])
      for (const value of matcher.score(text)) expect(value >= 0 && value <= 1).toBe(true);
  });

  it('scores every example of its own above a half', () => {
    const matcher = createStaticTopicMatcher([REFUNDS, DELAYS], by);
    for (const text of REFUNDS.examples) expect(matcher.score(text)[0]).toBeGreaterThan(0.5);
    for (const text of DELAYS.examples) expect(matcher.score(text)[1]).toBeGreaterThan(0.5);
  });

  it('reads each script by examples in it', () => {
    const both = topic('refunds', [
      ...REFUNDS.examples,
      '我想退款',
      '请退款给我',
      'ich möchte mein Geld zurück',
      'quiero un reembolso',
    ]);
    expect(scoreBy(by, '我要退款', [both])[0]).toBeGreaterThan(0.5);
    expect(scoreBy(by, '我要退款', [REFUNDS])[0]).toBeLessThan(0.1);
    expect(scoreBy(by, 'ich will mein Geld zurück haben', [both])[0]).toBeGreaterThan(0.3);
  });
});

describe('the scores', () => {
  it('move with the threshold and keep their order', () => {
    const texts = [...DELAYS.examples, ...REFUNDS.examples, 'give me my money', 'order more shoes'];
    const at = (threshold: number): number[] => {
      const matcher = createStaticTopicMatcher([{ ...REFUNDS, threshold }, DELAYS], table);
      return texts.map((text) => matcher.score(text)[0] ?? Number.NaN);
    };
    const [plain, strict] = [at(0.5), at(0.8)];
    for (const [i, value] of plain.entries()) {
      expect(strict[i]).toBeLessThan(value);
      // The odds are divided by those of the threshold.
      expect(logOdds(value) - logOdds(strict[i] ?? 0)).toBeCloseTo(Math.log(4), 4);
    }
  });

  it('fall near a counter-example', () => {
    const text = 'how do refunds work in the accounting module';
    const not = ['how does the accounting module handle refunds'];
    expect(score(text, [{ ...REFUNDS, not }])[0]).toBeLessThan(score(text, [REFUNDS])[0] ?? 0);
  });

  it('stand the same example many times over', () => {
    const same = topic(
      'same',
      Array.from({ length: 5 }, () => 'I want my money back'),
    );
    expect(score('I want my money back', [same])[0]).toBeGreaterThan(0.5);
    expect(score('write a haiku about autumn', [same])[0]).toBeLessThan(0.5);
  });

  it('are an empty list where there are no topics', () => {
    expect(score('anything', [])).toEqual([]);
  });
});

describe('prepareTopics', () => {
  const topics = [REFUNDS, DELAYS];

  it('scores vectors in the encoder’s space', async () => {
    const own = await prepareTopics(topics, { table, encoder: encoderOf(vectorOf) });
    expect(own.names).toEqual(['refunds', 'delays']);
    expect(own.encoded?.score(letters('please refund my last order'))[0]).toBeGreaterThan(0.5);
    expect(own.encoded?.fingerprint).toBe('letters');
  });

  it.each([
    ['another dimension', new Float32Array(31).fill(0.1)],
    ['no entries', new Float32Array(0)],
    ['NaN', new Float32Array(32).fill(Number.NaN)],
    ['infinity', new Float32Array(32).fill(Number.POSITIVE_INFINITY)],
    ['zero', new Float32Array(32)],
  ])('scores a vector of %s as nothing', async (_, vector) => {
    const { encoded } = await prepareTopics(topics, { table, encoder: encoderOf(vectorOf) });
    expect([...(encoded?.score(vector) ?? [])]).toEqual([0, 0]);
  });

  it('needs no encoder, and asks none where there are no topics', async () => {
    const without = await prepareTopics(topics, { table: undefined, encoder: undefined });
    expect([without.encoded, without.why]).toEqual([undefined, undefined]);
    expect(without.static.score('please refund my last order')[0]).toBeGreaterThan(0.5);
    const encoder = encoderOf(vectorOf);
    await prepareTopics([], { table, encoder });
    expect(encoder.calls).toBe(0);
  });

  it('asks again where an encoder is busy, and says why when it stays away', async () => {
    const busy = encoderOf((text, call) => (call === 2 ? { kind: 'absent', why: 'busy' } : vectorOf(text)));
    expect((await prepareTopics(topics, { table, encoder: busy })).encoded).toBeDefined();
    const gone = encoderOf(() => ({ kind: 'absent', why: 'gone' }));
    const own = await prepareTopics(topics, { table, encoder: gone });
    expect([own.encoded, own.why]).toEqual([undefined, 'gone']);
    expect(own.static.score('please refund my last order')[0]).toBeGreaterThan(0.5);
    expect(gone.calls).toBe(10);
  });

  it.each([
    ['NaN', new Float32Array(32).fill(Number.NaN)],
    ['another dimension', new Float32Array(3).fill(1)],
  ])('takes no phrase for %s', async (_, vector) => {
    const encoder = encoderOf(() => ({ kind: 'vector', vector, space: 'letters' }));
    expect((await prepareTopics(topics, { table, encoder })).why).toContain('not of 32 numbers');
  });

  it('reads a phrase once for all policies', async () => {
    const encoder = encoderOf(vectorOf);
    await prepareTopics(topics, { table, encoder });
    const { calls } = encoder;
    await prepareTopics([...topics, topic('new', ['one new phrase', 'and one more', 'please refund my last order'])], {
      table,
      encoder,
    });
    expect(encoder.calls - calls).toBe(2);
  });
});
