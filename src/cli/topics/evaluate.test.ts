// Figures of an evaluation by hand-made scores, labelled lines good and bad, and advice in a space where nearness is plain.
import { describe, expect, it } from 'vitest';
import { type OwnTopic, staticWorkbench } from '../../workload/index.ts';
import { advise, measureEffect } from './advice.ts';
import { bestOf, evaluate } from './evaluate.ts';
import { parseLabelled } from './labelled.ts';
import { printed } from './print.ts';

const topic = (name: string, examples: readonly string[], not: readonly string[] = [], threshold = 0.5): OwnTopic => ({
  name,
  examples,
  not,
  threshold,
});
const A = topic('a', []);
const B = topic('b', []);
const scoresOf = (...rows: number[][]): Float64Array[] => rows.map((row) => Float64Array.from(row));

describe('evaluate', () => {
  const rows = [
    { text: 'one', topic: 0 },
    { text: 'two', topic: 0 },
    { text: 'three', topic: 1 },
    { text: 'four', topic: -1 },
    { text: 'five', topic: -1 },
  ];
  const found = evaluate([A, B], rows, scoresOf([0.9, 0.1], [0.2, 0.6], [0.7, 0.8], [0.5, 0], [0.49, 0.1]));

  it('counts each topic by itself', () => {
    expect(found.topics).toMatchObject([
      { name: 'a', labelled: 2, found: 3, right: 1, precision: 1 / 3, recall: 0.5, f1: 0.4 },
      { name: 'b', labelled: 1, found: 2, right: 1, precision: 0.5, recall: 1, f1: 2 / 3 },
    ]);
  });

  it('takes the best topic for the confusions and the accuracy', () => {
    expect(found.accuracy).toBe(3 / 5);
    expect(found.confusions).toEqual([
      { label: 'a', taken: 'b', count: 1, texts: ['two'] },
      { label: null, taken: 'a', count: 1, texts: ['four'] },
    ]);
    expect([bestOf(Float64Array.of(0.5)), bestOf(Float64Array.of(0.499)), bestOf(new Float64Array())]).toEqual([
      0, -1, -1,
    ]);
  });

  it('has figures where there is nothing to count', () => {
    expect(evaluate([A], [], []).topics).toMatchObject([{ precision: 1, recall: 1, f1: 1, better: undefined }]);
    expect(
      evaluate(
        [],
        rows,
        rows.map(() => new Float64Array()),
      ).accuracy,
    ).toBe(2 / 5);
  });

  it('proposes a threshold that would have put the half where it does best', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ text: `${i}`, topic: i < 12 ? 0 : -1 }));
    // Ten log odds of 2 and of 1 on either side of the best place.
    const scores = many.map((row) => Float64Array.of(row.topic === 0 ? 0.881 : 0.731));
    expect(evaluate([A], many, scores).topics[0]?.better).toEqual({ threshold: 0.82, f1: 1 });
    expect(evaluate([{ ...A, threshold: 0.8 }], many, scores).topics[0]?.better?.threshold).toBe(0.95);
    // Too few to say.
    expect(evaluate([A], many.slice(6), scores.slice(6)).topics[0]?.better).toBeUndefined();
    // All the same: nothing is gained.
    expect(
      evaluate(
        [A],
        many,
        many.map(() => Float64Array.of(0.7)),
      ).topics[0]?.better,
    ).toBeUndefined();
  });

  it('proposes a threshold inside of (0, 1) for scores of 0 and 1', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ text: `${i}`, topic: i < 10 ? 0 : -1 }));
    const { better } =
      evaluate(
        [A],
        many,
        many.map((row) => Float64Array.of(row.topic === 0 ? 0.2 : 0)),
      ).topics[0] ?? {};
    expect(better?.threshold).toBeGreaterThan(0);
    expect(better?.threshold).toBeLessThan(0.2);
  });
});

describe('parseLabelled', () => {
  it('reads lines, blank ones and a byte order mark left out', () => {
    const source = '\uFEFF{"text":"x","topic":"b"}\r\n\n{"text":"y","topic":null,"more":1}\n';
    expect(parseLabelled(source, ['a', 'b'])).toEqual({
      rows: [
        { text: 'x', topic: 1 },
        { text: 'y', topic: -1 },
      ],
      errors: [],
    });
  });

  it.each([
    ['no', 'not JSON'],
    ['[1]', 'expected {"text": ..., "topic": ...}'],
    ['{"topic":"a"}', '"text" must be a text that is not empty'],
    ['{"text":" ","topic":"a"}', '"text" must be a text that is not empty'],
    ['{"text":"x"}', '"topic" must be null or one of a, b, found nothing'],
    ['{"text":"x","topic":"c"}', '"topic" must be null or one of a, b, found "c"'],
    ['{"text":"x","topic":7}', '"topic" must be null or one of a, b, found 7'],
  ])('says what is wrong with %s, and in which line', (line, message) => {
    expect(parseLabelled(`{"text":"x","topic":"a"}\n${line}`, ['a', 'b'])).toEqual({
      rows: [{ text: 'x', topic: 0 }],
      errors: [`2: ${message}`],
    });
  });
});

describe('advice', () => {
  const refunds = topic('refunds', ['I want my money back', 'refund my order please', 'pay back what you charged']);
  const bench = staticWorkbench(undefined);
  const texts: readonly (readonly [text: string, topic: number, score: number])[] = [
    ['reimburse me for the broken vase', 0, 0.1],
    ['reimburse me for the broken lamp', 0, 0.1],
    ['reimburse me for the broken chair', 0, 0.1],
    ['refund my last order please', 0, 0.9],
    ['is the order form broken for everybody', -1, 0.8],
    ['is the order form broken for me alone', -1, 0.8],
    ['write a haiku', -1, 0],
  ];
  const rows = texts.map(([text, of]) => ({ text, topic: of }));
  const scores = texts.map(([, , score]) => Float64Array.of(score));

  it('proposes what stands for many, once', async () => {
    const [found] = await advise([refunds], rows, scores, bench);
    expect(found?.add[0]).toMatch(/^reimburse me for the broken/);
    expect(found?.addNot[0]).toMatch(/^is the order form broken/);
    expect(found?.add).not.toContain('refund my last order please');
    expect(found?.doubtful).toEqual([{ example: 'refund my order please', wrong: 2, right: 1 }]);
  });

  it('has none where all is right', async () => {
    const right = rows.map((row) => Float64Array.of(row.topic === 0 ? 1 : 0));
    expect(await advise([refunds], rows, right, bench)).toEqual([
      { name: 'refunds', add: [], addNot: [], doubtful: [] },
    ]);
    expect(await measureEffect([refunds], rows, right, 'examples', [[]], bench)).toEqual([]);
  });

  it('is held against the texts that were not proposed, and left out where it does harm', async () => {
    const [first = ''] = rows.map(({ text }) => text);
    const [effect] = await measureEffect([refunds], rows, scores, 'examples', [[first]], bench);
    expect(effect?.after).toBeGreaterThan(effect?.before ?? 1);
    const report = {
      scoredBy: 'x',
      ...evaluate([refunds], rows, scores),
      advice: await advise([refunds], rows, scores, bench),
    };
    const shown = (after: number): string =>
      printed({ ...report, effects: { add: [{ before: 0.5, after }], addNot: [] } });
    expect(shown(0.7)).toContain('0.50 -> 0.70');
    expect(shown(0.4)).not.toContain('Worth adding to the examples');
  });
});
