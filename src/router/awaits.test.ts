// For whom an encoder may be asked, how long it is waited for, and what is computed without it.
import { describe, expect, it } from 'vitest';
import type { RequestTexts } from '../workload/index.ts';
import { createRouter, type Router } from './create-router.ts';
import { decide } from './decide.ts';
import { factsThatWait } from './facts-that-wait.ts';
import { compile, inputOf, POOLS, workloadOf } from './fixtures/requests.ts';
import { nearnessByScores, nearnessByText, type TopicSense } from './topic-sense.ts';

const DEFINED = `${POOLS}
topics:
  refunds: { examples: ["my money back", "refund my order", "cancel and pay me"] }
  delays: { examples: ["it is late", "where is my parcel", "it has not come"] }
keywords: { pii: { builtin: email } }
signals:
  quick: { value: 'similar("refunds") > 0.5', default: true, deadlineMs: 20 }
  slow: { value: 'similar("delays") > 0.5', default: false, deadlineMs: 80 }
  both: { value: 'signals.quick || signals.slow', default: false }
`;

function routerWith(aliases: string, whens: readonly string[], sense: TopicSense): Router {
  const routes = whens.map((when, i) => `  - { name: r${i}, when: '${when}', candidates: [small] }`);
  const rest = '  - { name: rest, candidates: [small] }';
  const policy = `${DEFINED}aliases: ${aliases}\nroutes:\n${[...routes, rest].join('\n')}\n`;
  return createRouter(compile(policy), { topics: sense });
}

function senseOf(scores: readonly number[] = [0.9, 0.1], encoder = true): TopicSense & { readonly read: string[] } {
  const read: string[] = [];
  return {
    names: ['refunds', 'delays'],
    byText: (text) => (read.push(text), scores),
    encode: encoder ? () => ({ kind: 'absent', why: 'not asked here' }) : undefined,
    why: encoder ? undefined : 'it was dead at the start',
    deadlineMs: 300,
    read,
  };
}

function textsOf(text: string): RequestTexts & { readonly reads: () => number } {
  let reads = 0;
  return { last: () => (reads++, [text]), all: () => (reads++, [text]), reads: () => reads };
}

describe('an alias', () => {
  it.each([
    ['{ auto: rest }', ['json', 'turns > 1'], {}],
    ['{ auto: rest }', ['similar("refunds") > 0.5'], { auto: 300 }],
    ['{ auto: rest }', ['signals.quick'], { auto: 20 }],
    ['{ auto: rest }', ['signals.both'], { auto: 80 }],
    ['{ auto: rest }', ['signals.quick', 'similar("delays") > 0.9'], { auto: 300 }],
    // Its own last route takes the rest: that condition is not asked.
    ['{ auto: rest, short: r1, first: r0 }', ['json', 'signals.quick'], { auto: 20 }],
  ])('%s over %j waits %j', (aliases, whens, awaits) => {
    expect(Object.fromEntries(routerWith(aliases, whens, senseOf()).awaits)).toEqual(awaits);
    expect(routerWith(aliases, whens, senseOf([], false)).awaits.size).toBe(0);
  });
});

describe('a request', () => {
  const router = (sense = senseOf()): Router =>
    routerWith('{ auto: rest }', ['json', 'keywords("pii") || signals.quick', 'similar("delays") > 0.5'], sense);

  it.each([
    ['is taken by an earlier route', workloadOf({ wantsJson: true }), 'x', 0],
    ['is settled by the other side of an "or"', workloadOf(), 'a@example.com', 1],
    ['names a pool', workloadOf({ requestedModel: 'large' }), 'x', 0],
  ])('that %s waits for nobody', (_what, workload, text, reads) => {
    const texts = textsOf(text);
    expect(factsThatWait(router(), workload, texts)).toBeUndefined();
    expect(texts.reads()).toBe(reads);
  });

  it('that waits is decided with what was computed before, each thing once', () => {
    const sense = senseOf();
    const made = router(sense);
    const [workload, texts] = [workloadOf(), textsOf('no address')];
    const facts = factsThatWait(made, workload, texts);
    expect(facts).toMatchObject({ waits: true, said: [{ name: 'keywords("pii")', value: false }] });
    expect(() => decide(made, inputOf(made, { workload, texts, facts }))).toThrow('before the encoder was asked');
    facts?.settle(nearnessByScores(sense, [0.2, 0.7], 5));
    const { route, signals } = decide(made, inputOf(made, { workload, texts, facts }));
    expect(route).toBe('r2');
    expect(signals.map(({ name, value }) => [name, value])).toEqual([
      ['keywords("pii")', false],
      ['similar("refunds")', 0.2],
      ['quick', false],
      ['similar("delays")', 0.7],
    ]);
    expect([texts.reads(), sense.read]).toEqual([1, []]);
  });

  it.each([
    ['in time for the signal', 20, 0.2, ['r2', false, undefined]],
    ['too late for it', 21, 0.2, ['r1', true, 'the default, for the encoder took 21 ms, which is over 20 ms']],
  ])('whose encoder spoke %s', (_what, tookMs, score, expected) => {
    const sense = senseOf();
    const made = router(sense);
    const facts = factsThatWait(made, workloadOf(), textsOf('x'));
    facts?.settle(nearnessByScores(sense, [score, 0.7], tookMs));
    const { route, signals } = decide(made, inputOf(made, { facts }));
    const quick = signals.find(({ name }) => name === 'quick');
    expect([route, quick?.value, quick?.why]).toEqual(expected);
  });

  it('whose encoder has nothing to say goes by the text where a condition asks, by its default where a signal does', () => {
    const sense = senseOf([0.9, 0.8]);
    const made = routerWith('{ auto: rest }', ['!signals.quick', 'similar("delays") > 0.75'], sense);
    const texts = textsOf('late');
    const facts = factsThatWait(made, workloadOf(), texts);
    facts?.settle(nearnessByText(sense, texts, 'it is dead'));
    const { route, signals } = decide(made, inputOf(made, { texts, facts }));
    expect(route).toBe('r1');
    expect(signals).toEqual([
      { name: 'quick', value: true, why: 'the default, for it is dead' },
      { name: 'similar("delays")', value: 0.8, why: 'it is dead' },
    ]);
    expect(sense.read).toEqual(['late']);
  });

  it('of a plan without an encoder is read when a topic is first asked for, once', () => {
    const sense = senseOf([0.4, 0.8], false);
    const made = router(sense);
    const texts = textsOf('late');
    expect(decide(made, inputOf(made, { workload: workloadOf({ wantsJson: true }), texts })).route).toBe('r0');
    expect(sense.read).toEqual([]);
    const { route, signals } = decide(made, inputOf(made, { texts }));
    // An encoder that the policy asks for and is not there is a signal's default.
    expect([route, signals.find(({ name }) => name === 'quick')?.why]).toEqual([
      'r1',
      'the default, for it was dead at the start',
    ]);
    expect(sense.read).toEqual([]);
  });
});
