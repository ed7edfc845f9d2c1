// decide(): who takes the request, who is ruled out and why, and what is said about it.
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../base/index.ts';
import type { Workload } from '../workload/index.ts';
import { createRouter, learnerArms, type Router } from './create-router.ts';
import { costUsd, decide } from './decide.ts';
import { explain } from './explain.ts';
import { compile, inputOf, learnerOf, poolsBut, POOLS, routerOf, workloadOf } from './fixtures/requests.ts';
import type { Decision, PoolSnapshot } from './types.ts';

const router = createRouter(
  compile(`${POOLS}
aliases: { auto: default, coder: code, plain: json }
routes:
  - { name: code, when: topic == "code" && tokens.input < 500, candidates: [large, twin] }
  - { name: json, when: json, candidates: [twin] }
  - { name: picky, when: 'tools[3] == "x"', candidates: [twin] }
  - { name: default, candidates: [small, large] }
`),
);

function ask(change: Parameters<typeof workloadOf>[0] = {}, pools: PoolSnapshot = poolsBut()): Decision {
  return decide(router, inputOf(router, { workload: workloadOf(change), pools }));
}

function refusal(change: Partial<Workload>, pools?: PoolSnapshot): SluiceError {
  try {
    ask(change, pools);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const json = { wantsJson: true };
const big = { tokens: { input: 1_001, maxOutput: undefined } };

describe('the route', () => {
  it.each([
    ['the alias’ own when nothing else holds', {}, 'default', 'small'],
    ['the first whose condition holds', { about: 'code', ...json }, 'code', 'large'],
    ['the next when the first does not hold', json, 'json', 'twin'],
    [
      'every fact of a condition counts',
      { about: 'code', tokens: { input: 500, maxOutput: undefined } },
      'default',
      'small',
    ],
    ['an alias of an earlier route stops there', { requestedModel: 'coder' }, 'code', 'large'],
    ['its own condition is not asked', { requestedModel: 'plain' }, 'json', 'twin'],
    ['earlier ones are', { requestedModel: 'plain', about: 'code' }, 'code', 'large'],
    ['a pool’s name goes straight there', { requestedModel: 'twin', about: 'code' }, '(direct)', 'twin'],
    ['a model’s name goes to its pools', { requestedModel: 'sim-70b' }, '(direct)', 'large'],
  ] as const)('%s', (_name, change, route, pool) => {
    const decision = ask(change);
    expect([decision.route, decision.stages[0].pool]).toEqual([route, pool]);
  });

  it('says which routes were passed over, and why', () => {
    expect(ask().passedOver).toEqual([
      { route: 'code', why: 'topic == "code" && tokens.input < 500 is false' },
      { route: 'json', why: 'json is false' },
      { route: 'picky', why: expect.stringMatching(/^tools\[3\] == "x" could not be told: ./) },
    ]);
    expect(ask({ requestedModel: 'coder' }).passedOver).toEqual([]);
  });

  it('of a model with several pools falls back to the others', () => {
    expect(ask({ requestedModel: 'sim-70b' }).stages).toEqual([
      { pool: 'large', fallbacks: ['twin'], accept: undefined },
    ]);
    expect(ask({ requestedModel: 'sim-70b' }, poolsBut('large')).stages[0].pool).toBe('twin');
    expect(ask({ requestedModel: 'large' }).stages[0].fallbacks).toEqual([]);
  });

  it('a pool’s own name wins over a model of that name', () => {
    const plan = compile(POOLS.replace('model: sim-8b', 'model: twin'));
    const direct = createRouter(plan);
    expect(
      decide(direct, inputOf(direct, { workload: workloadOf({ requestedModel: 'twin' }) })).candidates.map(
        (c) => c.pool,
      ),
    ).toEqual(['twin']);
  });

  it.each(['gpt-4o', '', 'constructor', '__proto__', 'AUTO', 'default'])(
    '%j is 404, and says what there is',
    (requestedModel) => {
      const error = refusal({ requestedModel });
      expect(error.code).toBe('SLUICE_ROUTER_MODEL_NOT_FOUND');
      expect([error.spec.status, error.param]).toEqual([404, 'model']);
      expect(error.message).toContain('Ask for one of: auto, coder, plain, small, large, twin.');
    },
  );

  it('repeats no more than the beginning of a long name', () => {
    expect(refusal({ requestedModel: 'x'.repeat(5_000) }).message.length).toBeLessThan(250);
  });
});

describe('who is ruled out', () => {
  const reasons = (decision: Decision): unknown[] => decision.candidates.map(({ pool, excluded }) => [pool, excluded]);

  it('nobody, when all is well', () => {
    expect(reasons(ask())).toEqual([
      ['small', undefined],
      ['large', undefined],
    ]);
  });

  it.each([
    [999, undefined, true],
    [1_000, undefined, false],
    [999, 1, true],
    [999, 2, false],
    [100, 900, true],
    [100, 901, false],
  ])('input %d and max output %s fit a window of 1000: %s', (input, maxOutput, fits) => {
    const decision = ask({ tokens: { input, maxOutput } });
    expect(decision.stages[0].pool).toBe(fits ? 'small' : 'large');
    if (!fits)
      expect(reasons(decision)[0]).toEqual(['small', expect.stringMatching(/^context window 1000 < \d+ tokens$/)]);
  });

  it('pools without a healthy endpoint, and pools that nobody has heard of', () => {
    expect(reasons(ask({}, poolsBut('small')))[0]).toEqual(['small', 'no healthy endpoint']);
    expect(ask({}, poolsBut('small')).stages[0]).toEqual({ pool: 'large', fallbacks: [], accept: undefined });
    expect(
      ask({}, new Map([['large', { healthyEndpoints: 1, inFlight: 9, ttftMs: undefined, tpotMs: undefined }]]))
        .stages[0].pool,
    ).toBe('large');
  });

  it('ruled out means: propensity 0, no utility, no fallback', () => {
    const bandit = routerOf('bandit');
    const decision = decide(bandit, inputOf(bandit, { workload: workloadOf(big), pools: poolsBut('twin') }));
    expect(decision.candidates.map(({ propensity, utility }) => [propensity, typeof utility])).toEqual([
      [0, 'undefined'],
      [1, 'number'],
      [0, 'undefined'],
    ]);
    expect(decision.stages).toEqual([{ pool: 'large', fallbacks: [], accept: undefined }]);
  });

  it('nobody fits: the client’s fault, with the largest window', () => {
    const error = refusal({ tokens: { input: 3_000, maxOutput: 1_001 } }, poolsBut('small', 'large'));
    expect([error.code, error.spec.status, error.param]).toEqual(['SLUICE_ROUTER_CONTEXT_LENGTH', 400, 'messages']);
    expect(error.message).toContain('about 4001 tokens');
    expect(error.message).toContain('is 4000');
  });

  it('nobody is healthy: come back later', () => {
    const error = refusal({}, poolsBut('small', 'large'));
    expect([error.code, error.spec.status, error.spec.retryAfterSeconds]).toEqual([
      'SLUICE_ROUTER_NO_HEALTHY_POOL',
      503,
      2,
    ]);
    expect(error.message).toContain('(small, large)');
  });

  it('who would fit is not healthy: come back later too, it would be served then', () => {
    const error = refusal(big, poolsBut('large'));
    expect(error.code).toBe('SLUICE_ROUTER_NO_HEALTHY_POOL');
    expect(error.message).toContain('(large)');
  });
});

describe('fallbacks that are named', () => {
  const withFallbacks = (route: string): Router =>
    createRouter(compile(`${POOLS}aliases: { auto: r }\nroutes:\n  - { name: r, ${route} }\n`));
  const askOf = (route: string, change: Parameters<typeof workloadOf>[0] = {}, pools = poolsBut()): Decision => {
    const named = withFallbacks(route);
    return decide(named, inputOf(named, { workload: workloadOf(change), pools }));
  };

  it('stand behind the chosen one in their own order, candidates or not', () => {
    const decision = askOf('candidates: [small, large], fallbacks: [twin, large]');
    expect(decision.stages).toEqual([{ pool: 'small', fallbacks: ['twin', 'large'], accept: undefined }]);
    expect(decision.candidates.map((c) => [c.pool, c.fallbackOnly, c.propensity, c.arm])).toEqual([
      ['small', false, 1, 'sim-8b@small'],
      ['large', false, 0, 'sim-70b@large'],
      ['twin', true, 0, 'sim-70b@twin'],
    ]);
    expect(explain(decision)).toContain('twin a fallback only, expected cost $0.000130');
  });

  it('take the place of the other candidates, even when there are none', () => {
    expect(askOf('candidates: [small, large], fallbacks: []').stages[0].fallbacks).toEqual([]);
  });

  it('are not the chosen one, and can take the request', () => {
    const both = 'candidates: [small, large], fallbacks: [large, small, twin]';
    expect(askOf(both, {}, poolsBut('small')).stages[0]).toMatchObject({ pool: 'large', fallbacks: ['twin'] });
    expect(askOf(both, { tokens: { input: 1_500, maxOutput: 1_000 } }).stages[0]).toMatchObject({
      pool: 'large',
      fallbacks: [],
    });
  });

  it('serve when no candidate can', () => {
    const decision = askOf('candidates: [small], fallbacks: [twin, large]', {}, poolsBut('small'));
    expect(decision.stages).toEqual([{ pool: 'twin', fallbacks: ['large'], accept: undefined }]);
    expect(decision.candidates.map((c) => c.propensity)).toEqual([0, 1, 0]);
    expect(decision.reason).toBe('fixed: twin, first fallback, for no candidate can take the request');
    expect(askOf('candidates: [small], fallbacks: [twin, large]', big).stages[0].pool).toBe('twin');
  });

  it('stand behind the last stage of a cascade', () => {
    const cascade = 'strategy: { kind: cascade, stages: [small, large] }, fallbacks: [large, twin]';
    expect(askOf(cascade).stages.map(({ pool, fallbacks }) => [pool, fallbacks])).toEqual([
      ['small', []],
      ['large', ['twin']],
    ]);
    expect(askOf(cascade, { operation: 'completion' }).stages[0]).toMatchObject({
      pool: 'small',
      fallbacks: ['large', 'twin'],
    });
    expect(askOf(cascade, {}, poolsBut('small', 'large')).stages).toEqual([
      { pool: 'twin', fallbacks: [], accept: undefined },
    ]);
  });

  it('that cannot take the request either leave nobody', () => {
    const named = withFallbacks('candidates: [small], fallbacks: [twin]');
    const given = inputOf(named, { pools: poolsBut('small', 'twin') });
    expect(() => decide(named, given)).toThrow('(small, twin)');
  });
});

describe('limits', () => {
  const limited = createRouter(
    compile(`${POOLS}limits: { inputTokens: 200, outputTokens: 50 }
aliases: { auto: r }
routes: [{ name: r, candidates: [large] }]
`),
  );
  const askLimited = (tokens: Workload['tokens'], requestedModel = 'auto'): Decision =>
    decide(limited, inputOf(limited, { workload: workloadOf({ tokens, requestedModel }) }));

  it('let pass what is not above them', () => {
    expect(askLimited({ input: 200, maxOutput: 50 }).stages[0].pool).toBe('large');
    expect(askLimited({ input: 200, maxOutput: undefined }).stages[0].pool).toBe('large');
  });

  it.each([
    [
      { input: 201, maxOutput: undefined },
      'SLUICE_ROUTER_INPUT_LIMIT',
      'messages',
      'about 201 input tokens; at most 200',
    ],
    [{ input: 1, maxOutput: 51 }, 'SLUICE_ROUTER_OUTPUT_LIMIT', 'max_tokens', 'up to 51 output tokens; at most 50'],
  ])('refuse %j, whoever is asked', (tokens, code, param, message) => {
    for (const model of ['auto', 'small', 'sim-70b']) {
      expect(() => askLimited(tokens, model)).toThrow(expect.objectContaining({ code, param }) as Error);
      expect(() => askLimited(tokens, model)).toThrow(message);
    }
  });
});

describe('timeouts', () => {
  const timed = createRouter(
    compile(`${POOLS}timeouts: { ttftMs: 70, totalMs: 900 }
aliases: { auto: r }
routes: [{ name: r, candidates: [large], timeouts: { ttftMs: 50 } }]
`),
  );
  it.each([
    ['auto', { ttftMs: 50, itlMs: 120_000, totalMs: 900 }],
    ['large', { ttftMs: 70, itlMs: 120_000, totalMs: 900 }],
  ])('of a request for %s', (requestedModel, timeouts) => {
    expect(decide(timed, inputOf(timed, { workload: workloadOf({ requestedModel }) })).timeouts).toEqual(timeouts);
  });
});

describe('tokens', () => {
  const doubled = (workload: Workload, model: string): number => workload.tokens.input * (model === 'sim-8b' ? 2 : 1);

  it('are counted as each model counts them, for context and for cost', () => {
    const given = inputOf(router, {
      workload: workloadOf({ tokens: { input: 600, maxOutput: 10 } }),
      inputTokens: doubled,
    });
    const { candidates, stages } = decide(router, given);
    expect(candidates[0]?.excluded).toBe('context window 1000 < 1210 tokens');
    expect(stages[0].pool).toBe('large');
    expect(candidates[0]?.expectedCostUsd).toBeCloseTo((1_200 * 0.05 + 10 * 0.08) / 1e6, 15);
    expect(candidates[1]?.expectedCostUsd).toBeCloseTo((600 * 0.6 + 10 * 0.8) / 1e6, 15);
  });

  it('of an embedding are input alone', () => {
    const workload = workloadOf({ operation: 'embedding', tokens: { input: 1_000, maxOutput: undefined } });
    const [small] = decide(router, inputOf(router, { workload })).candidates;
    expect(small).toMatchObject({ excluded: undefined, expectedCostUsd: (1_000 * 0.05) / 1e6 });
  });

  it('that were read from a cache cost their own price', () => {
    const price = { inputPerMTok: 3, cachedInputPerMTok: 1, outputPerMTok: 5 };
    expect(costUsd(price, 2e6, 0.5e6, 1e6)).toBe(1.5 * 3 + 0.5 + 5);
    expect(costUsd(price, 1e6, 2e6, 0)).toBe(1);
  });
});

describe('the decision', () => {
  it('carries what it was made of', () => {
    const learner = learnerOf(router);
    learner.observeAnswer('sim-8b@small', 100);
    const decision = decide(router, inputOf(router, { learner: learner.snapshot(), draw: 0.25 }));
    expect(decision).toMatchObject({
      id: 'dec_0123456789abcdef0123456789abcdef',
      at: 1_700_000_000_000,
      requestedModel: 'auto',
      strategy: 'fixed',
      plan: router.plan.fingerprint,
      learnerVersion: 1,
      draw: 0.25,
      reason: 'fixed: small, first eligible candidate',
    });
  });

  it('expects to pay for the input and the usual output, at most the caller’s limit', () => {
    const cost = (maxOutput: number | undefined): number | undefined =>
      ask({ tokens: { input: 100, maxOutput } }).candidates[0]?.expectedCostUsd;
    expect(cost(undefined)).toBeCloseTo((100 * 0.05 + 250 * 0.08) / 1e6, 15);
    expect(cost(10)).toBeCloseTo((100 * 0.05 + 10 * 0.08) / 1e6, 15);
    expect(cost(500)).toBe(cost(undefined));
    expect(costUsd({ inputPerMTok: 3, cachedInputPerMTok: 1, outputPerMTok: 5 }, 2e6, 0, 1e6)).toBe(11);
  });

  it('is the same for the same input', () => {
    expect(ask()).toEqual(ask());
  });
});

describe('learnerArms', () => {
  it('name model and pool, and rank by price', () => {
    expect(learnerArms(router)).toEqual([
      { key: 'sim-8b@small', priceRank: -0.5 },
      { key: 'sim-70b@large', priceRank: 0.5 },
      { key: 'sim-70b@twin', priceRank: 0 },
    ]);
  });
});

describe('explain', () => {
  it('a routed request', () => {
    expect(explain(ask({ ...json, tools: ['a', 'b', 'c', 'd'] }, poolsBut('small')))).toEqual([
      'route code passed over: topic == "code" && tokens.input < 500 is false',
      'route json takes the request (strategy fixed)',
      'twin eligible, expected cost $0.000130',
      'fixed: twin, first eligible candidate',
    ]);
  });

  it('a choice by speed', () => {
    const fastest = routerOf('{ kind: fastest, floor: 0 }', '[small]');
    const pools = new Map([['small', { healthyEndpoints: 1, inFlight: 0, ttftMs: 80, tpotMs: 10 }]]);
    expect(explain(decide(fastest, inputOf(fastest, { pools })))[1]).toBe(
      'small eligible, expected cost $0.000025, first token in 80 ms, all in 2570 ms',
    );
  });

  it('a request that names its pool', () => {
    expect(explain(ask({ requestedModel: 'sim-70b' }, poolsBut('large')))).toEqual([
      'model "sim-70b" is a pool\'s or a model\'s own name: sent straight there',
      'large ruled out: no healthy endpoint',
      'twin eligible, expected cost $0.000130',
      'fixed: twin, first eligible candidate',
    ]);
  });

  it('a bandit’s choice, with what it knew', () => {
    const bandit = routerOf('bandit', '[small, large]');
    const lines = explain(decide(bandit, inputOf(bandit, { draw: 0 })));
    expect(lines[1]).toMatch(
      /^small: expected quality 0\.500 \(sd 0\.\d{3}\), cost \$0\.000025, utility 0\.\d{3}, chosen with probability [01]\.\d{3}$/,
    );
    expect(lines.at(-1)).toMatch(/^bandit: small, exploring on unknown, utility 0\.\d{3}, p 0\.\d{3}$/);
    expect(explain(decide(bandit, inputOf(bandit, { draw: 0.99 }))).at(-1)).toMatch(
      /^bandit: large, best known utility on unknown/,
    );
  });
});
