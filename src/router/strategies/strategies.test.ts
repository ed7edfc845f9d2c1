// What each strategy adds of its own.
import { describe, expect, it } from 'vitest';
import { createRouter } from '../create-router.ts';
import { decide } from '../decide.ts';
import { compile, inputOf, learnerOf, poolsBut, POOLS, routerOf, workloadOf } from '../fixtures/requests.ts';
import type { Decision, PoolSnapshot, PoolState } from '../types.ts';

function ask(strategy: string, change: Parameters<typeof inputOf>[1] = {}, candidates?: string): Decision {
  const router = routerOf(strategy, candidates);
  return decide(router, inputOf(router, change));
}
const chosen = (decision: Decision): string => decision.stages[0].pool;
const orderOf = ({ stages: [first] }: Decision): readonly string[] => [first.pool, ...first.fallbacks];

describe('fixed', () => {
  it('keeps the policy’s order', () => {
    expect(orderOf(ask('fixed', {}, '[twin, small, large]'))).toEqual(['twin', 'small', 'large']);
    expect(orderOf(ask('fixed', { pools: poolsBut('twin') }, '[twin, small, large]'))).toEqual(['small', 'large']);
  });
});

describe('weighted', () => {
  const weights = '{ kind: weighted, weights: { small: 6, large: 3 } }';
  const session = (name: string): Parameters<typeof inputOf>[1] => ({ workload: workloadOf({ session: name }) });

  it('stays with a session, whatever is drawn', () => {
    const router = routerOf(weights);
    for (let i = 0; i < 50; i++) {
      const first = chosen(decide(router, inputOf(router, { ...session(`s${i}`), draw: 0 })));
      expect(chosen(decide(router, inputOf(router, { ...session(`s${i}`), draw: 0.99 })))).toBe(first);
    }
  });

  it('shares sessions by weight; who is not named weighs 1', () => {
    const router = routerOf(weights);
    const learner = learnerOf(router).snapshot();
    const counts: Record<string, number> = { small: 0, large: 0, twin: 0 };
    for (let i = 0; i < 5_000; i++) {
      const pool = chosen(decide(router, inputOf(router, { ...session(`conversation ${i}`), learner })));
      counts[pool] = (counts[pool] ?? 0) + 1;
    }
    expect((counts['small'] ?? 0) / 5_000).toBeCloseTo(0.6, 1);
    expect((counts['large'] ?? 0) / 5_000).toBeCloseTo(0.3, 1);
    expect((counts['twin'] ?? 0) / 5_000).toBeCloseTo(0.1, 1.5);
  });

  it('splits sessions differently on each route', () => {
    const router = createRouter(
      compile(`${POOLS}aliases: { one: one, two: two }
routes:
  - { name: one, when: 'model == "one"', candidates: [small, large], strategy: weighted }
  - { name: two, candidates: [small, large], strategy: weighted }
`),
    );
    const learner = learnerOf(router).snapshot();
    let same = 0;
    for (let i = 0; i < 1_000; i++) {
      const [one, two] = ['one', 'two'].map((requestedModel) =>
        chosen(
          decide(router, inputOf(router, { learner, workload: workloadOf({ requestedModel, session: `s${i}` }) })),
        ),
      );
      if (one === two) same++;
    }
    expect(same / 1_000).toBeGreaterThan(0.4);
    expect(same / 1_000).toBeLessThan(0.6);
  });

  it('leaves out a weight of 0, and keeps it as a fallback', () => {
    const decision = ask('{ kind: weighted, weights: { small: 0, twin: 0 } }');
    expect(orderOf(decision)).toEqual(['large', 'small', 'twin']);
    expect(decision.candidates.map((c) => c.propensity)).toEqual([0, 1, 0]);
  });

  it('follows the policy’s order when nobody weighs anything', () => {
    const decision = ask('{ kind: weighted, weights: { small: 0, large: 0, twin: 0 } }');
    expect([chosen(decision), decision.candidates[0]?.propensity]).toEqual(['small', 1]);
  });
});

describe('cheapest', () => {
  it('orders by expected cost', () => {
    expect(orderOf(ask('cheapest', {}, '[large, twin, small]'))).toEqual(['small', 'twin', 'large']);
    expect(orderOf(ask('cheapest', { pools: poolsBut('small') }))).toEqual(['twin', 'large']);
  });

  it('counts how long a pool’s answers have been', () => {
    const router = routerOf('cheapest');
    const learner = learnerOf(router);
    for (let i = 0; i < 50; i++) {
      learner.observeAnswer('sim-8b@small', 4_000);
      for (const arm of router.arms.values()) if (arm.pool !== 'small') learner.observeAnswer(arm.key, 20);
    }
    expect(chosen(decide(router, inputOf(router, { learner: learner.snapshot() })))).toBe('twin');
  });
});

const slow = { ttftMs: 400, tpotMs: 20 };
const quick = { ttftMs: 100, tpotMs: 10 };
type Observed = Partial<PoolState>;

function observed(states: Readonly<Record<string, Observed>>): PoolSnapshot {
  return new Map([...poolsBut()].map(([pool, state]) => [pool, { ...state, ...states[pool] }]));
}

describe('cheapest under an SLO', () => {
  const slo = { ttftMs: undefined, tpotMs: undefined, e2eMs: undefined };
  const order = (
    wanted: Partial<typeof slo> | Readonly<Record<string, number>>,
    pools: PoolSnapshot,
  ): readonly string[] => orderOf(ask('cheapest', { workload: workloadOf({ slo: { ...slo, ...wanted } }), pools }));

  it.each([
    ['TTFT', { ttftMs: 399 }],
    ['TPOT', { tpotMs: 19 }],
    // 400 + 249 x 20 = 5380 for the 250 tokens that an answer is expected to have.
    ['E2E', { e2eMs: 5_379 }],
  ])('puts who misses the %s behind who meets it, each by cost', (_name, wanted) => {
    expect(order(wanted, observed({ small: slow, twin: slow, large: quick }))).toEqual(['large', 'small', 'twin']);
  });

  it.each([
    ['everybody meets it', { ttftMs: 400, tpotMs: 20, e2eMs: 5_380 }, { small: slow, twin: slow, large: slow }],
    ['nobody meets it', { ttftMs: 50 }, { small: slow, twin: slow, large: quick }],
    ['it says nothing', {}, { small: slow, twin: slow, large: quick }],
    ['nobody has been observed', { ttftMs: 1 }, {}],
  ])('goes by cost when %s', (_name, wanted, states) => {
    expect(order(wanted, observed(states))).toEqual(['small', 'twin', 'large']);
  });

  it('says what it looked at', () => {
    const workload = workloadOf({ slo: { ...slo, ttftMs: 200 } });
    const decision = ask('cheapest', { workload, pools: observed({ small: slow, large: quick }) });
    expect(decision.candidates.map((c) => [c.pool, c.expectedTtftMs, c.expectedE2eMs])).toEqual([
      ['small', 400, 5_380],
      ['large', 100, 2_590],
      ['twin', undefined, undefined],
    ]);
    expect(decision.reason).toBe('cheapest: twin, lowest expected cost of those that meet the SLO');
    expect(ask('cheapest', { pools: observed({ small: slow }) }).candidates[0]?.expectedTtftMs).toBeUndefined();
  });
});

describe('fastest', () => {
  const certain = '{ kind: fastest, floor: 0 }';
  const order = (states: Readonly<Record<string, Observed>>, workload = workloadOf()): readonly string[] =>
    orderOf(ask(certain, { pools: observed(states), workload }));

  it('goes by TTFT and the expected output at TPOT', () => {
    const states = { small: { ttftMs: 10, tpotMs: 30 }, large: { ttftMs: 500, tpotMs: 5 }, twin: slow };
    expect(order(states)).toEqual(['large', 'twin', 'small']);
    expect(order(states, workloadOf({ tokens: { input: 100, maxOutput: 5 } }))).toEqual(['small', 'twin', 'large']);
    expect(order(states, workloadOf({ operation: 'embedding' }))).toEqual(['small', 'twin', 'large']);
  });

  it('takes the TTFT for the whole time of a pool that answers in one piece', () => {
    expect(order({ small: slow, large: slow, twin: { ttftMs: 1_000 } })).toEqual(['twin', 'small', 'large']);
  });

  it('goes by the TPOT alone where no answer was streamed', () => {
    expect(order({ small: { tpotMs: 30 }, large: { tpotMs: 5 }, twin: slow })).toEqual(['large', 'twin', 'small']);
    const embedding = workloadOf({ operation: 'embedding' });
    expect(order({ small: slow, large: { tpotMs: 5 }, twin: quick }, embedding)).toEqual(['large', 'twin', 'small']);
  });

  it('keeps the policy’s order among equals', () => {
    expect(order({ small: slow, large: slow, twin: slow })).toEqual(['small', 'large', 'twin']);
    expect(order({})).toEqual(['small', 'large', 'twin']);
  });

  it('tries first who has not been observed, one request at a time', () => {
    expect(order({ small: quick, large: slow })).toEqual(['twin', 'small', 'large']);
    expect(order({ small: slow, large: quick, twin: { inFlight: 1 } })).toEqual(['large', 'small', 'twin']);
    expect(order({ small: { inFlight: 2 }, large: { inFlight: 1 }, twin: { inFlight: 1 } })).toEqual([
      'large',
      'twin',
      'small',
    ]);
  });

  it('looks again at the others for the share of the floor, and says so', () => {
    const pools = observed({ small: slow, large: quick, twin: slow });
    const decision = ask('{ kind: fastest, floor: 0.3 }', { pools, draw: 0.05 });
    expect(decision.candidates.map((c) => c.propensity)).toEqual([
      expect.closeTo(0.1, 12),
      expect.closeTo(0.8, 12),
      expect.closeTo(0.1, 12),
    ]);
    expect(orderOf(decision)).toEqual(['small', 'large', 'twin']);
    expect(decision.reason).toBe('fastest: small, 5380 ms expected, looked at again');
    expect(ask('{ kind: fastest, floor: 0.3 }', { pools, draw: 0.5 }).reason).toBe('fastest: large, 2590 ms expected');
    expect(ask('fastest').reason).toBe('fastest: small, not observed yet');
  });
});

describe('bandit', () => {
  it('weighs cost against quality', () => {
    expect(chosen(ask('{ kind: bandit, costWeight: 0, scale: 0, floor: 0 }'))).toBe('large');
    expect(chosen(ask('{ kind: bandit, costWeight: 100, scale: 0, floor: 0 }'))).toBe('small');
  });

  it('takes utility = quality - costWeight x dollars per thousand requests', () => {
    for (const { quality, utility, expectedCostUsd } of ask('{ kind: bandit, costWeight: 0.5 }').candidates) {
      expect(utility).toBeCloseTo((quality ?? NaN) - 0.5 * 1_000 * expectedCostUsd, 12);
    }
  });

  it('gives everyone at least floor / arms, of those who are eligible', () => {
    const { candidates } = ask('{ kind: bandit, scale: 0, floor: 0.3 }', { pools: poolsBut('twin') });
    expect(candidates.map((c) => c.propensity).toSorted((a, b) => a - b)).toEqual([
      0,
      expect.closeTo(0.15, 9),
      expect.closeTo(0.85, 9),
    ]);
  });

  it('falls back in the order of utility', () => {
    expect(orderOf(ask('{ kind: bandit, costWeight: 0, scale: 0, floor: 0 }'))).toEqual(['large', 'twin', 'small']);
  });

  it('learns per topic', () => {
    const router = routerOf('{ kind: bandit, costWeight: 0, scale: 0, floor: 0 }');
    const learner = learnerOf(router);
    const law = workloadOf({ about: 'law' });
    const indices = [...law.context.keys()].filter((i) => law.context[i] !== 0);
    for (let i = 0; i < 100; i++) {
      for (const [arm, value] of [
        ['sim-8b@small', 1],
        ['sim-70b@large', 0],
        ['sim-70b@twin', 0],
      ] as const) {
        learner.observe({
          arm,
          value,
          context: { indices, values: [1, 1] },
          previousValue: undefined,
          weight: 4,
          propensity: undefined,
        });
      }
    }
    const snapshot = learner.snapshot();
    expect(chosen(decide(router, inputOf(router, { learner: snapshot, workload: law })))).toBe('small');
    const quality = (workload: typeof law): number | undefined =>
      decide(router, inputOf(router, { learner: snapshot, workload })).candidates[1]?.quality;
    expect(quality(workloadOf({ about: 'code' }))).toBeGreaterThan(quality(law) ?? 1);
  });
});

describe('cascade', () => {
  const DEFAULTS = { notEmpty: true, notTruncated: true, notRefusal: true, validJson: true, minMeanLogprob: undefined };
  const staged = '{ kind: cascade, stages: [small, large] }';
  const stages = (decision: Decision): unknown[] =>
    decision.stages.map(({ pool, fallbacks, accept }) => [pool, fallbacks, accept]);

  it('asks its stages in order, and judges all but the last', () => {
    expect(stages(ask(staged))).toEqual([
      ['small', [], DEFAULTS],
      ['large', [], undefined],
    ]);
  });

  it('asks the candidates when no stages are named', () => {
    expect(ask('cascade').stages.map(({ pool }) => pool)).toEqual(['small', 'large', 'twin']);
  });

  it('goes on without the stages that are ruled out, and without judging when one is left', () => {
    expect(stages(ask(staged, { pools: poolsBut('small') }))).toEqual([['large', [], undefined]]);
  });

  it('takes another candidate rather than none', () => {
    expect(stages(ask(staged, { pools: poolsBut('small', 'large') }))).toEqual([['twin', [], undefined]]);
  });

  it.each(['completion', 'embedding'] as const)(
    'judges no %s: the first stage answers, the others stand behind',
    (operation) => {
      const decision = ask(staged, { workload: workloadOf({ operation }) });
      expect(stages(decision)).toEqual([['small', ['large'], undefined]]);
      expect(decision.reason).toBe(`cascade: small, first stage, no ${operation} is judged`);
    },
  );

  it('judges as the policy says', () => {
    const accept =
      'accept: { notEmpty: false, notTruncated: false, notRefusal: false, validJson: false, minMeanLogprob: -0.5 }';
    expect(ask(`{ kind: cascade, stages: [small, large], ${accept} }`).stages[0].accept).toEqual({
      notEmpty: false,
      notTruncated: false,
      notRefusal: false,
      validJson: false,
      minMeanLogprob: -0.5,
    });
    expect(ask('{ kind: cascade, accept: { notRefusal: false } }').stages[0].accept).toEqual({
      ...DEFAULTS,
      notRefusal: false,
    });
  });
});
