// Confinement: a request that must not leave certain pools never does, whatever leads elsewhere.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../base/index.ts';
import type { Workload } from '../workload/index.ts';
import { createRouter } from './create-router.ts';
import { decide, type DecideInput } from './decide.ts';
import { explain } from './explain.ts';
import { factsThatWait } from './facts-that-wait.ts';
import { compile, inputOf, poolsBut, POOLS, workloadOf } from './fixtures/requests.ts';
import { STRATEGIES } from './strategies/index.ts';
import { nearnessByScores, type TopicSense } from './topic-sense.ts';
import type { Decision, PoolSnapshot } from './types.ts';

const ROUTES = `aliases: { auto: default, careful: careful, away: away }
routes:
  - { name: careful, when: 'model == "careful"', candidates: [small, large, twin], strategy: { kind: cascade, stages: [small, large, twin] } }
  - { name: away, when: 'model == "away" || json', candidates: [large] }
  - { name: default, candidates: [small, twin], fallbacks: [large, twin] }
`;
const RULES = `confine:
  - { name: private, when: topic == "law", pools: [twin] }
  - { name: pictures, when: images > 0, pools: [small, twin] }
  - { name: tagged, when: 'tags["zone"] == "here"', pools: [small, large, twin] }
`;

function ask(change: Parameters<typeof workloadOf>[0], pools: PoolSnapshot = poolsBut(), rules = RULES): Decision {
  const router = createRouter(compile(POOLS + ROUTES + rules));
  return decide(router, inputOf(router, { workload: workloadOf(change), pools }));
}

function refusal(change: Parameters<typeof workloadOf>[0], pools?: PoolSnapshot, rules?: string): SluiceError {
  try {
    ask(change, pools, rules);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const law = { about: 'law', tags: { zone: 'here' } } as const;

describe('a confined request', () => {
  it.each([
    ['goes to the candidates that are left', law, 'default', [['twin', []]]],
    ['passes over routes that have none', { ...law, wantsJson: true }, 'default', [['twin', []]]],
    ['keeps a cascade to the stages that are left', { ...law, requestedModel: 'careful' }, 'careful', [['twin', []]]],
    ['goes to the pool it names', { ...law, requestedModel: 'twin' }, '(direct)', [['twin', []]]],
    [
      'goes to those of a model’s pools that are left',
      { ...law, requestedModel: 'sim-70b' },
      '(direct)',
      [['twin', []]],
    ],
    ['of several rules goes where all allow it', { ...law, images: 1 }, 'default', [['twin', []]]],
    ['is so as an embedding', { ...law, operation: 'embedding', kind: 'embedding' }, 'default', [['twin', []]]],
    ['keeps several pools', { tags: law.tags, images: 1 }, 'default', [['small', ['twin']]]],
  ] as const)('%s', (_name, change, route, stages) => {
    const decision = ask(change);
    expect(decision.route).toBe(route);
    expect(decision.stages.map(({ pool, fallbacks }) => [pool, fallbacks])).toEqual(stages);
  });

  it('is one that a condition could not be told of', () => {
    expect(ask({ tags: {} }, poolsBut(), RULES.replace('[small, large, twin] }', '[twin] }'))).toMatchObject({
      stages: [{ pool: 'twin', fallbacks: [] }],
      confined: { by: ['tagged'], pools: ['twin'] },
    });
  });

  it('is told apart from others: no rule holds, nothing is cut', () => {
    const decision = ask({ tags: { zone: 'there' } });
    expect(decision.confined).toBeUndefined();
    expect(decision.stages[0]).toMatchObject({ pool: 'small', fallbacks: ['large', 'twin'] });
  });

  it.each([
    ['a pool', 'small'],
    ['a model', 'sim-8b'],
    ['an alias', 'away'],
  ])('is refused when it names %s that leads out', (_name, requestedModel) => {
    const error = refusal({ ...law, requestedModel });
    expect([error.code, error.spec.status, error.param]).toEqual(['SLUICE_ROUTER_CONFINED', 403, 'model']);
    expect(error.message).toBe(
      `Nothing that "${requestedModel}" leads to may answer this request: it is confined to twin by rules private, tagged.`,
    );
  });

  it('waits for its pools rather than leave them', () => {
    for (const requestedModel of ['auto', 'careful', 'twin', 'sim-70b']) {
      const error = refusal({ ...law, requestedModel }, poolsBut('twin'));
      expect([error.code, error.spec.status]).toEqual(['SLUICE_ROUTER_NO_HEALTHY_POOL', 503]);
      expect(error.message).toMatch(/\(twin\)\.$/);
    }
  });

  it('that is too long for its pools is refused by their window', () => {
    const error = refusal({ ...law, tokens: { input: 3_000, maxOutput: undefined } });
    expect(error.code).toBe('SLUICE_ROUTER_CONTEXT_LENGTH');
    expect(error.message).toContain('on this route is 2000');
  });

  it('of rules that have no pool in common goes nowhere', () => {
    const rules = RULES.replace('[small, twin]', '[small]');
    expect(refusal({ ...law, images: 1 }, poolsBut(), rules).message).toContain(
      'confined to no pool at all: rules private, pictures, tagged have none in common',
    );
  });

  it('says so', () => {
    const lines = explain(ask({ ...law, wantsJson: true }));
    expect(lines).toContain('the request is confined to twin by rules private, tagged');
    expect(lines).toContain(
      'route away passed over: none of its pools may answer: confined to twin by rules private, tagged',
    );
    expect(lines).toContain('small ruled out: confined to twin by rules private, tagged');
  });
});

describe('no stage and no fallback of any decision leaves the confinement', () => {
  const POOL_NAMES = ['small', 'large', 'twin'] as const;
  const CONDITIONS = [
    'json',
    'images > 0',
    'topic == "law"',
    'tags["zone"] == "here"',
    'turns > 2 || stream',
    'tools[0] == "x"',
  ];
  const pools = fc
    .subarray([...POOL_NAMES], { minLength: 1 })
    .chain((some) => fc.shuffledSubarray(some, { minLength: 1 }));
  const when = fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined });
  const route = fc.record({
    when,
    candidates: pools,
    fallbacks: fc.option(fc.shuffledSubarray([...POOL_NAMES]), { nil: undefined }),
    strategy: fc.constantFrom(...Object.keys(STRATEGIES)),
  });
  const plans = fc.record({
    routes: fc.array(route, { minLength: 1, maxLength: 4 }),
    confine: fc.array(fc.record({ when, pools }), { minLength: 1, maxLength: 3 }),
    last: fc.nat({ max: 3 }),
  });
  const requests = fc.record({
    requestedModel: fc.constantFrom('auto', ...POOL_NAMES, 'sim-8b', 'sim-70b'),
    about: fc.constantFrom('law', 'code', 'unknown'),
    operation: fc.constantFrom<Workload['operation']>('chat', 'completion', 'embedding'),
    wantsJson: fc.boolean(),
    stream: fc.boolean(),
    images: fc.nat({ max: 1 }),
    turns: fc.nat({ max: 4 }),
    tools: fc.constantFrom<readonly string[]>([], ['x'], ['y']),
    tags: fc.constantFrom<Readonly<Record<string, string>>>({}, { zone: 'here' }, { zone: 'there' }),
    tokens: fc.record({ input: fc.constantFrom(10, 1_500, 3_000), maxOutput: fc.constant(undefined) }),
  } as const);

  it('for random plans, requests, health and draws', () => {
    let decided = 0;
    let narrowed = 0;
    fc.assert(
      fc.property(
        plans,
        requests,
        fc.subarray([...POOL_NAMES]),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ routes, confine, last }, request, dead, draw) => {
          const named = routes.map((one, i) => ({ name: `r${i}`, ...one }));
          const document = {
            aliases: { auto: `r${Math.min(last, routes.length - 1)}` },
            routes: named,
            confine: confine.map((rule, i) => ({ name: `c${i}`, ...rule })),
          };
          const yaml = Object.entries(document).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
          const router = createRouter(compile(POOLS + yaml.join('')));
          const workload = workloadOf(request);
          const facts = router.readFacts({ workload, texts: undefined, nearness: undefined });
          const allowed = new Set<string>(POOL_NAMES);
          for (const rule of router.plan.confine) {
            if (rule.when?.test(facts) === false) continue;
            for (const pool of POOL_NAMES) if (!rule.pools.includes(pool)) allowed.delete(pool);
          }
          let decision: Decision;
          try {
            decision = decide(router, inputOf(router, { workload, pools: poolsBut(...dead), draw }));
          } catch (error) {
            expect((error as SluiceError).code).toMatch(/^SLUICE_ROUTER_(?:CONFINED|NO_HEALTHY_POOL|CONTEXT_LENGTH)$/);
            return;
          }
          decided++;
          if (allowed.size < POOL_NAMES.length) narrowed++;
          for (const { pool, fallbacks } of decision.stages) {
            for (const name of [pool, ...fallbacks]) expect([...allowed]).toContain(name);
          }
          const chances = decision.candidates.filter(({ pool }) => !allowed.has(pool)).map((one) => one.propensity);
          expect(chances.every((chance) => chance === 0)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
    expect(decided).toBeGreaterThan(60);
    expect(narrowed).toBeGreaterThan(30);
  });
});

describe('a rule that asks an encoder', () => {
  const made = createRouter(
    compile(`${POOLS}aliases: { auto: default }
topics: { refunds: { examples: ["my money back", "refund my order", "cancel and pay me"] } }
confine:
  - { name: near, when: 'similar("refunds") > 0.5', pools: [twin] }
  - { name: late, when: signals.near, pools: [twin, large] }
signals: { near: { value: 'similar("refunds") > 0.8', default: true, deadlineMs: 20 } }
routes: [{ name: default, candidates: [small, large, twin] }]
`),
    { topics: senseOf() },
  );
  const texts = { last: () => ['x'], all: () => ['x'] };
  const asked = (requestedModel: string): DecideInput =>
    inputOf(made, { workload: workloadOf({ requestedModel }), texts });

  function senseOf(): TopicSense {
    const absent = { kind: 'absent', why: 'not asked here' } as const;
    return { names: ['refunds'], byText: () => [0.9], encode: () => absent, why: undefined, deadlineMs: 300 };
  }

  it('is waited for whatever is asked for', () => {
    expect(Object.fromEntries(made.awaits)).toEqual({
      auto: 300,
      small: 300,
      large: 300,
      twin: 300,
      'sim-8b': 300,
      'sim-70b': 300,
    });
    for (const name of made.awaits.keys()) {
      expect(factsThatWait(made, workloadOf({ requestedModel: name }), texts)).toMatchObject({ waits: true });
    }
  });

  it.each([
    ['far off', 0.2, 5, [], 'small'],
    ['near', 0.6, 5, ['near'], 'twin'],
    ['very near', 0.9, 5, ['near', 'late'], 'twin'],
    ['far off, and too late for the signal, whose default confines', 0.2, 30, ['late'], 'large'],
  ] as const)('and confines by what it says: %s', (_what, score, tookMs, by, pool) => {
    const input = asked('auto');
    const facts = factsThatWait(made, input.workload, texts);
    facts?.settle(nearnessByScores(senseOf(), [score], tookMs));
    const decision = decide(made, { ...input, facts });
    expect([decision.confined?.by ?? [], decision.stages[0].pool]).toEqual([by, pool]);
  });

  it('and, of a pool that is named, refuses', () => {
    const input = asked('small');
    const facts = factsThatWait(made, input.workload, texts);
    facts?.settle(nearnessByScores(senseOf(), [0.9], 5));
    expect(() => decide(made, { ...input, facts })).toThrow('confined to twin by rules near, late');
  });
});
