// semantic: what is expected of each candidate on what the request is about, against its price.
import { assert, double, float32Array, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SIGHT, TOPICS, type Workload } from '../../workload/index.ts';
import { createRouter } from '../create-router.ts';
import { decide } from '../decide.ts';
import { explain } from '../explain.ts';
import { compile, inputOf, poolsBut, POOLS, routerOf, TABLE, workloadOf } from '../fixtures/requests.ts';
import type { Decision } from '../types.ts';

/** small .5 (code .7), large .8, twin .8 (law .6); of 100 tokens in and 250 out: small $.000025, twin $.00013, large $.00026. */
function ask(options = '', change: Parameters<typeof inputOf>[1] = {}): Decision {
  const router = routerOf(`{ kind: semantic${options} }`);
  return decide(router, inputOf(router, change));
}
const about = (topic: 'code' | 'law' | 'math' | 'unknown'): { workload: Workload } => ({
  workload: workloadOf({ about: topic }),
});
const orderOf = ({ stages: [first] }: Decision): readonly string[] => [first.pool, ...first.fallbacks];
const qualities = (decision: Decision): unknown => decision.candidates.map(({ quality }) => quality);

/** Mass on some topics, the rest unknown. */
function mixed(shares: Readonly<Record<string, number>>): { workload: Workload } {
  const probabilities = new Float32Array(TOPICS.length + 1);
  let rest = 1;
  for (const [topic, share] of Object.entries(shares)) {
    probabilities[(TOPICS as readonly string[]).indexOf(topic)] = share;
    rest -= share;
  }
  probabilities[TOPICS.length] = rest;
  return { workload: { ...workloadOf(), topic: { topic: 'law', confidence: 0.5, probabilities } } };
}

describe('the expected quality', () => {
  it.each([
    ['unknown', [0.5, 0.8, 0.8]],
    ['code', [0.7, 0.8, 0.8]],
    ['law', [0.5, 0.8, 0.6]],
  ] as const)('on %s', (topic, expected) => {
    expect(qualities(ask('', about(topic)))).toEqual(expected);
  });

  it('is the mean over what the request may be about', () => {
    const [small, large, twin] = ask('', mixed({ law: 0.5, code: 0.25 })).candidates;
    expect(small?.quality).toBeCloseTo(0.5 * 0.5 + 0.25 * 0.7 + 0.25 * 0.5, 6);
    expect(large?.quality).toBeCloseTo(0.8, 6);
    expect(twin?.quality).toBeCloseTo(0.5 * 0.6 + 0.5 * 0.8, 6);
  });

  it('is that of the table’s model for which a pool is taken', () => {
    const options = ', priors: table.json, as: { small: medium, twin: poor }';
    const { overall, topics } = TABLE.models.medium;
    expect(qualities(ask(options, about('code')))).toEqual([topics.code.quality, 0.8, 0.1]);
    expect(qualities(ask(options, about('law')))).toEqual([overall, 0.8, 0.1]);
  });

  it.each([
    [0.5, 0.2],
    [0.25, 0.35],
    [0, 0.5],
    [1, 0],
  ])('changes with difficulty where the table says so, within 0 and 1: at %d', (difficulty, expected) => {
    const workload = workloadOf({ about: 'math', sight: { ...NO_SIGHT, difficulty } });
    const decision = ask(', priors: table.json, as: { small: medium }', { workload });
    const [small, large] = decision.candidates;
    expect(small?.quality).toBeCloseTo(expected, 9);
    expect(large?.quality).toBeCloseTo(0.8, 9);
    expect(decision.reason).toContain(` on math of difficulty ${difficulty.toFixed(2)}, `);
  });

  it('does not look at difficulty where nothing depends on it', () => {
    const sight = {
      ...NO_SIGHT,
      get difficulty(): number {
        throw new Error('was looked at');
      },
    };
    expect(ask('', { workload: workloadOf({ about: 'math', sight }) }).stages[0].pool).toBe('twin');
    expect(() => ask(', priors: table.json, as: { small: medium }', { workload: workloadOf({ sight }) })).toThrow(
      'was looked at',
    );
  });

  it('lies between the least and the most that is known of a candidate, whatever the posterior', () => {
    const shares = record({
      of: float32Array({ noNaN: true, min: 0, max: 1, minLength: TOPICS.length + 1, maxLength: TOPICS.length + 1 }),
      draw: double({ min: 0, max: 0.999, noNaN: true }),
    });
    assert(
      property(shares, ({ of, draw }) => {
        const total = of.reduce((a, b) => a + b, 0);
        if (total < 1e-3) return;
        const topic = { topic: 'law', confidence: 0.5, probabilities: of.map((p) => p / total) } as const;
        const decision = ask('', { workload: { ...workloadOf(), topic }, draw });
        const [small = 0, large = 0, twin = 0] = decision.candidates.map(({ quality }) => quality);
        expect(small).toBeGreaterThanOrEqual(0.5 - 1e-6);
        expect(small).toBeLessThanOrEqual(0.7 + 1e-6);
        expect(large).toBeCloseTo(0.8, 5);
        expect(twin).toBeLessThanOrEqual(0.8 + 1e-6);
        // Nothing is left to chance.
        expect(decision.stages).toEqual(ask('', { workload: { ...workloadOf(), topic }, draw: 0 }).stages);
      }),
    );
  });
});

describe('semantic', () => {
  it('takes the best; of equals the cheaper, then the policy’s order', () => {
    expect(orderOf(ask(', costWeight: 0', about('math')))).toEqual(['twin', 'large', 'small']);
    expect(orderOf(ask(', costWeight: 0', about('law')))).toEqual(['large', 'twin', 'small']);
    const free = POOLS.replaceAll(/price: \{[^}]+\}/g, 'price: { inputPerMTok: 0, outputPerMTok: 0 }');
    const router = createRouter(
      compile(
        `${free}aliases: { auto: r }\nroutes: [{ name: r, candidates: [small, large, twin], strategy: semantic }]\n`,
      ),
    );
    expect(orderOf(decide(router, inputOf(router, about('math'))))).toEqual(['large', 'twin', 'small']);
  });

  it.each([
    // On law large is worth .3 more than small, and costs $.235 more a thousand requests; on mathematics twin $.105 for the same.
    ['law', 1.27, 'large'],
    ['law', 1.28, 'small'],
    ['math', 2.85, 'twin'],
    ['math', 2.86, 'small'],
  ] as const)('gives up quality for money: %s at the weight %s', (topic, costWeight, pool) => {
    const decision = ask(`, costWeight: ${costWeight}`, about(topic));
    expect(decision.stages[0].pool).toBe(pool);
    for (const { quality = 0, expectedCostUsd, utility } of decision.candidates)
      expect(utility).toBeCloseTo(quality - costWeight * 1_000 * expectedCostUsd, 9);
  });

  it('takes the cheapest that is expected to reach the floor', () => {
    expect(orderOf(ask(', minQuality: 0.5', about('law')))).toEqual(['small', 'twin', 'large']);
    expect(orderOf(ask(', minQuality: 0.6', about('law')))).toEqual(['twin', 'large', 'small']);
    expect(orderOf(ask(', minQuality: 0.61', about('law')))).toEqual(['large', 'twin', 'small']);
    expect(orderOf(ask(', minQuality: 0.6', about('code')))).toEqual(['small', 'twin', 'large']);
  });

  it('takes the highest utility when nobody reaches the floor, and says so', () => {
    const decision = ask(', minQuality: 0.9, costWeight: 0', about('law'));
    expect(orderOf(decision)).toEqual(['large', 'twin', 'small']);
    expect(decision.reason).toBe('semantic: large, expected quality 0.800 on law, the best, nobody reaches 0.9');
    expect(ask(', minQuality: 0.9, costWeight: 2', about('law')).stages[0].pool).toBe('small');
  });

  it('leaves out whoever cannot take the request', () => {
    const decision = ask('', { ...about('law'), pools: poolsBut('large') });
    expect(orderOf(decision)).toEqual(['twin', 'small']);
    expect(qualities(decision)).toEqual([0.5, undefined, 0.6]);
  });

  it('is sure of its choice', () => {
    expect(ask('', about('law')).candidates.map(({ propensity }) => propensity)).toEqual([0, 1, 0]);
  });

  it('says topic, expected quality and what is saved in one line', () => {
    expect(ask('', about('law')).reason).toBe('semantic: large, expected quality 0.800 on law, the best');
    expect(ask(', minQuality: 0.55', about('law')).reason).toBe(
      'semantic: twin, expected quality 0.600 on law, saves 50 % of the cost of large (0.800)',
    );
    expect(explain(ask('', about('law')))).toContain(
      'twin: expected quality 0.600, cost $0.000130, utility 0.597, chosen with probability 0.000',
    );
  });

  it('says when what it chose saves nothing', () => {
    const dear = POOLS.replace('inputPerMTok: 0.05, outputPerMTok: 0.08', 'inputPerMTok: 5, outputPerMTok: 8');
    const router = createRouter(
      compile(`${dear}aliases: { auto: r }
routes: [{ name: r, candidates: [small], fallbacks: [large], strategy: { kind: semantic, minQuality: 0.4 } }]\n`),
    );
    expect(decide(router, inputOf(router)).reason).toBe('semantic: small, expected quality 0.500 on unknown, the best');
  });
});
