// No accepted key is without effect: each key of the schemas is turned once, and something that the gateway does must change.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePolicy, createCallerBook, PolicySchema, sha256Of } from '../policy/index.ts';
import { createStaticTopicMatcher, type Caller, type RequestTexts } from '../workload/index.ts';
import { createRouter } from './create-router.ts';
import { decide } from './decide.ts';
import { compile, inputOf, learnerOf, poolsBut, POOLS, workloadOf } from './fixtures/requests.ts';
import { STRATEGIES } from './strategies/index.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function leaves(given: unknown, prefix: string): string[] {
  const schema = given as Schema;
  // A short form, and an object with settings: both are keys.
  if (schema.anyOf !== undefined)
    return [
      prefix,
      ...schema.anyOf.filter((one) => one.properties !== undefined).flatMap((one) => leaves(one, prefix)),
    ];
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([key, inner]) =>
      leaves(inner, prefix === '' ? key : `${prefix}.${key}`),
    );
  }
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern !== undefined) return leaves(pattern, `${prefix}.NAME`);
  if (schema.items?.properties !== undefined) return leaves(schema.items, `${prefix}[]`);
  const [, ...inner] = schema.items?.anyOf === undefined ? [] : leaves(schema.items, `${prefix}[]`);
  return [prefix, ...inner];
}

const KEYS = [
  // Engines of the embedder share keys.
  ...new Set(leaves(PolicySchema, '')),
  ...Object.values(STRATEGIES).flatMap(({ kind, schema }) =>
    leaves(schema, kind).filter((key) => key !== `${kind}.kind`),
  ),
];

const BASE = `${POOLS}
aliases: { auto: default }
routes:
  - { name: json, when: json, candidates: [small, large] }
  - { name: default, candidates: [small, large, twin], strategy: fixed }
`;
const asks = (definitions: string, condition: string): string =>
  BASE.replace('version: 1', `version: 1\n${definitions}`).replace('when: json', `when: '${condition}'`);
const keywords = (set: string): string => asks(`keywords: { k: ${set} }`, 'keywords("k")');
const signal = (settings: string): string => asks(`signals: { s: { ${settings} } }`, 'signals.s');
const withStrategy = (strategy: string): string => BASE.replace('strategy: fixed', `strategy: ${strategy}`);

type Turn = readonly [before: string, after: string];
const edit = (from: string, to: string): Turn => [BASE, BASE.replace(from, to)];
const small = (settings: string): Turn => edit('contextWindow: 1000', `contextWindow: 1000, ${settings}`);
const checked = (setting: string): Turn => [small('healthCheck: true')[1], small(`healthCheck: { ${setting} }`)[1]];
const SAME_URL = 'url: "http://127.0.0.1:9001/v1"';
const KEY = `keySha256: "${sha256Of('alices-key')}"`;
const options = (kind: string, before: string, after: string): Turn => [
  withStrategy(`{ kind: ${kind}${before} }`),
  withStrategy(`{ kind: ${kind}${after} }`),
];

const CONFINED = `${BASE}confine: [{ name: here, when: json, pools: [large] }, { name: there, when: stream, pools: [large] }]
`;
const confined = (from: string, to: string): Turn => [CONFINED, CONFINED.replace(from, to)];

/** Decisions change. */
const DECIDED: Readonly<Record<string, Turn>> = {
  'pools.NAME.model': edit('model: sim-8b', 'model: sim-9b'),
  'pools.NAME.price.inputPerMTok': edit('inputPerMTok: 0.05', 'inputPerMTok: 5'),
  'pools.NAME.price.outputPerMTok': edit('outputPerMTok: 0.08', 'outputPerMTok: 8'),
  'pools.NAME.contextWindow': edit('contextWindow: 1000', 'contextWindow: 100'),
  'aliases.NAME': edit('auto: default', 'auto: json'),
  'routes[].name': edit('name: json', 'name: object'),
  'routes[].when': edit('when: json', 'when: "!json"'),
  'routes[].candidates': edit('candidates: [small, large] }', 'candidates: [large, small] }'),
  'routes[].strategy': [BASE, withStrategy('bandit')],
  'routes[].fallbacks': edit('candidates: [small, large] }', 'candidates: [small, large], fallbacks: [twin] }'),
  'routes[].timeouts.ttftMs': edit('large] }', 'large], timeouts: { ttftMs: 5 } }'),
  'routes[].timeouts.itlMs': edit('large] }', 'large], timeouts: { itlMs: 5 } }'),
  'routes[].timeouts.totalMs': edit('large] }', 'large], timeouts: { totalMs: 5 } }'),
  'keywords.NAME.any': [keywords('{ any: [alpha] }'), keywords('{ any: [beta] }')],
  'keywords.NAME.patterns': [keywords('{ patterns: ["al.ha"] }'), keywords('{ patterns: ["be.a"] }')],
  'keywords.NAME.fuzzy': [keywords('{ any: [alpga] }'), keywords('{ any: [alpga], fuzzy: 1 }')],
  'keywords.NAME.builtin': [keywords('{ any: [beta] }'), keywords('{ any: [beta], builtin: [email] }')],
  'keywords.NAME.in': [keywords('{ any: [earlier] }'), keywords('{ any: [earlier], in: all }')],
  'keywords.NAME.beyond': [keywords('{ any: [beta], in: all }'), keywords('{ any: [beta], in: all, beyond: hit }')],
  'signals.NAME.value': [signal('value: "turns == 1", default: false'), signal('value: "turns == 2", default: false')],
  'signals.NAME.default': [
    signal('value: "1 / images > 0", default: false'),
    signal('value: "1 / images > 0", default: true'),
  ],
  'callers.NAME.role': [
    asks(`callers: { alice: { ${KEY}, role: gold } }`, 'caller_role == "gold"'),
    asks(`callers: { alice: { ${KEY}, role: tin } }`, 'caller_role == "gold"'),
  ],
  'callers.NAME.tags.NAME': [
    asks(`callers: { alice: { ${KEY}, tags: { team: search } } }`, '"team" in tags && tags.team == "search"'),
    asks(`callers: { alice: { ${KEY}, tags: { team: ads } } }`, '"team" in tags && tags.team == "search"'),
  ],
  'callers.NAME.keySha256': [
    asks(`callers: { alice: { ${KEY} } }`, 'caller == "alice"'),
    asks(`callers: { alice: { keySha256: "${'0'.repeat(64)}" } }`, 'caller == "alice"'),
  ],
  'timeouts.ttftMs': edit('version: 1', 'version: 1\ntimeouts: { ttftMs: 5 }'),
  'timeouts.itlMs': edit('version: 1', 'version: 1\ntimeouts: { itlMs: 5 }'),
  'timeouts.totalMs': edit('version: 1', 'version: 1\ntimeouts: { totalMs: 5 }'),
  'limits.inputTokens': edit('version: 1', 'version: 1\nlimits: { inputTokens: 400 }'),
  'limits.outputTokens': edit('version: 1', 'version: 1\nlimits: { outputTokens: 10 }'),
  'confine[].name': confined('name: here', 'name: home'),
  'confine[].when': confined('when: stream', 'when: "!stream"'),
  'confine[].pools': confined('pools: [large]', 'pools: [large, twin]'),
  'fastest.floor': options('fastest', '', ', floor: 0.9'),
  'pools.NAME.quality.overall': [
    withStrategy('semantic'),
    withStrategy('semantic').replace('overall: 0.8, law: 0.6', 'overall: 0.9, law: 0.6'),
  ],
  'semantic.costWeight': options('semantic', '', ', costWeight: 50'),
  'semantic.minQuality': options('semantic', '', ', minQuality: 0.4'),
  'semantic.priors': options('semantic', '', ', priors: table.json, as: { twin: medium }'),
  'semantic.as.NAME': options(
    'semantic',
    ', priors: table.json, as: { twin: medium }',
    ', priors: table.json, as: { twin: poor }',
  ),
  'weighted.weights.NAME': options('weighted', ', weights: { small: 1 }', ', weights: { small: 9 }'),
  'bandit.costWeight': options('bandit', '', ', costWeight: 5'),
  'bandit.scale': options('bandit', '', ', scale: 1'),
  'bandit.floor': options('bandit', '', ', floor: 0.3'),
  'cascade.stages': options('cascade', '', ', stages: [large, small]'),
  'cascade.accept.notEmpty': options('cascade', '', ', accept: { notEmpty: false }'),
  'cascade.accept.notTruncated': options('cascade', '', ', accept: { notTruncated: false }'),
  'cascade.accept.notRefusal': options('cascade', '', ', accept: { notRefusal: false }'),
  'cascade.accept.validJson': options('cascade', '', ', accept: { validJson: false }'),
  'cascade.accept.minMeanLogprob': options('cascade', '', ', accept: { minMeanLogprob: -1 }'),
};

/** The pools that the gateway dials change. */
const DIALLED: Readonly<Record<string, Turn>> = {
  'pools.NAME.endpoints': edit('"http://127.0.0.1:9001/v1"', '"http://127.0.0.1:9001/v1", "http://127.0.0.1:9009/v1"'),
  'pools.NAME.endpoints[].url': edit('["http://127.0.0.1:9001/v1"]', '[{ url: "http://127.0.0.1:9009/v1" }]'),
  'pools.NAME.endpoints[].weight': edit('["http://127.0.0.1:9001/v1"]', `[{ ${SAME_URL}, weight: 3 }]`),
  'pools.NAME.endpoints[].maxConcurrency': edit('["http://127.0.0.1:9001/v1"]', `[{ ${SAME_URL}, maxConcurrency: 3 }]`),
  'pools.NAME.apiKeyEnv': small('apiKeyEnv: KEY'),
  'pools.NAME.price.cachedInputPerMTok': edit('inputPerMTok: 0.05', 'inputPerMTok: 0.05, cachedInputPerMTok: 0.01'),
  'pools.NAME.engine': small('engine: generic'),
  'pools.NAME.pick': small('pick: session-hash'),
  'pools.NAME.queue.size': small('queue: { size: 1 }'),
  'pools.NAME.queue.timeoutMs': small('queue: { timeoutMs: 1 }'),
  'pools.NAME.healthCheck': small('healthCheck: true'),
  'pools.NAME.healthCheck.path': checked('path: /x'),
  'pools.NAME.healthCheck.intervalMs': checked('intervalMs: 1'),
  'pools.NAME.healthCheck.timeoutMs': checked('timeoutMs: 1'),
  'pools.NAME.healthCheck.unhealthyAfter': checked('unhealthyAfter: 1'),
  'pools.NAME.healthCheck.healthyAfter': checked('healthyAfter: 1'),
  'pools.NAME.timeouts.connectMs': small('timeouts: { connectMs: 1 }'),
};

/** What the gateway reads of the plan itself changes; what it does then is tested with the gateway. */
const KEPT: Readonly<Record<string, Turn>> = {
  'callers.NAME.keyEnv': [
    asks('callers: { alice: { keyEnv: ALICE } }', 'caller == "alice"'),
    asks('callers: { alice: { keyEnv: OTHER } }', 'caller == "alice"'),
  ],
  requireCaller: [
    asks(`callers: { alice: { ${KEY} } }`, 'json'),
    asks(`callers: { alice: { ${KEY} } }\nrequireCaller: true`, 'json'),
  ],
  'limits.concurrentRequests': edit('version: 1', 'version: 1\nlimits: { concurrentRequests: 1 }'),
  'retryBudget.ratio': edit('version: 1', 'version: 1\nretryBudget: { ratio: 1 }'),
  'retryBudget.minPerSecond': edit('version: 1', 'version: 1\nretryBudget: { minPerSecond: 1 }'),
};

/** Held against what the compiler finds for itself: it refuses, or warns of, what does not fit. */
const CHECKED: Readonly<Record<string, Turn>> = {
  'signals.NAME.cost': [
    signal('value: json, default: false, cost: cheap'),
    signal('value: json, default: false, cost: text'),
  ],
  'signals.NAME.deadlineMs': [
    signal('value: json, default: false'),
    signal('value: json, default: false, deadlineMs: 5'),
  ],
};

const REFUNDS = 'examples: ["I want my money back", "please refund my order", "cancel it and pay me back"]';
const topics = (refunds: string): string =>
  BASE.replace(
    'version: 1',
    `version: 1
topics:
  refunds: { ${refunds} }
  delays: { examples: ["my parcel is late", "where is my order", "it has not come yet"] }`,
  );

/** What a text scores by the policy's own topics changes. */
const SCORED: Readonly<Record<string, Turn>> = {
  'topics.NAME.examples': [topics(REFUNDS), topics(REFUNDS.replace('please refund my order', 'reimburse me'))],
  'topics.NAME.not': [topics(REFUNDS), topics(`${REFUNDS}, not: ["my order was refunded, thanks"]`)],
  'topics.NAME.threshold': [topics(REFUNDS), topics(`${REFUNDS}, threshold: 0.7`)],
};

const encoder = (settings: string): string =>
  BASE.replace('version: 1', `version: 1\nembedder: { kind: transformers, model: m${settings} }`);
const server = (settings: string): string =>
  BASE.replace('version: 1', `version: 1\nembedder: { kind: http, url: "http://127.0.0.1:9/v1", model: m${settings} }`);

/** The engine that is built for texts changes. */
const BUILT: Readonly<Record<string, Turn>> = {
  embedder: edit('version: 1', 'version: 1\nembedder: { kind: transformers, model: m }'),
  'embedder.kind': [encoder(''), server('')],
  'embedder.model': [encoder(''), encoder('').replace('model: m', 'model: n')],
  'embedder.allowHub': [encoder(''), encoder(', allowHub: true')],
  'embedder.pooling': [encoder(''), encoder(', pooling: cls')],
  'embedder.dtype': [encoder(''), encoder(', dtype: fp32')],
  'embedder.deadlineMs': [encoder(''), encoder(', deadlineMs: 5')],
  'embedder.queue': [encoder(''), encoder(', queue: 0')],
  'embedder.url': [server(''), server('').replace('/v1', '/v2')],
  'embedder.apiKeyEnv': [server(''), server(', apiKeyEnv: KEY')],
  'embedder.concurrency': [server(''), server(', concurrency: 1')],
  'embedder.cache': [server(''), server(', cache: 0')],
  'embedder.dimensions': [server(''), server(', dimensions: 8')],
  'embedder.maxChars': [server(''), server(', maxChars: 8')],
};

/** Where a test of the whole gateway shows what a key does beyond the decision: under `test/e2e`, in a case that names it. */
const SHOWN: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...Object.keys(DIALLED), ...Object.keys(KEPT)].map((key) => [key, 'policy-effects.test.ts'])),
  'pools.NAME.apiKeyEnv': 'header-hygiene.test.ts',
  'callers.NAME.keyEnv': 'callers.test.ts',
  'callers.NAME.keySha256': 'callers.test.ts',
  requireCaller: 'callers.test.ts',
  'pools.NAME.price.cachedInputPerMTok': 'operations.test.ts',
  'routes[].fallbacks': 'policy-effects.test.ts',
  'routes[].timeouts.ttftMs': 'policy-effects.test.ts',
  'routes[].timeouts.itlMs': 'policy-effects.test.ts',
  'routes[].timeouts.totalMs': 'policy-effects.test.ts',
  'timeouts.ttftMs': 'policy-effects.test.ts',
  'timeouts.itlMs': 'policy-effects.test.ts',
  'timeouts.totalMs': 'policy-effects.test.ts',
  'limits.inputTokens': 'policy-effects.test.ts',
  'limits.outputTokens': 'policy-effects.test.ts',
  'fastest.floor': 'policy-effects.test.ts',
};

const TEXTS: RequestTexts = {
  last: () => ['alpha, write to x@example.com'],
  all: () => ['earlier', 'lorem '.repeat(50_000), 'alpha'],
};

/** Everything that a caller could see of the policy's decisions; the fingerprint of its text left out. */
function decisions(policy: string): unknown {
  const plan = compile(policy);
  const router = createRouter(plan);
  const learner = learnerOf(router).snapshot();
  // As the gateway recognises it.
  const known = [...plan.callers.values()].map(({ name, key, role, tags }): [string, Caller] => [
    key.kind === 'sha256' ? key.hex : '',
    { name, role, tags },
  ]);
  const caller = createCallerBook(new Map(known), false).byKey('alices-key');
  const workloads = [
    workloadOf({ caller, tags: caller?.tags ?? {} }),
    workloadOf({ wantsJson: true }),
    workloadOf({ tokens: { input: 500, maxOutput: 20 } }),
  ];
  return workloads.map((workload) => {
    try {
      return { ...decide(router, inputOf(router, { workload, texts: TEXTS, learner, pools: poolsBut() })), plan: '' };
    } catch (error) {
      return (error as Error).message;
    }
  });
}

describe('every key of the policy', () => {
  it('has a case here', () => {
    expect(KEYS.length).toBeGreaterThan(20);
    expect(
      [
        'version',
        ...Object.keys(DECIDED),
        ...Object.keys(DIALLED),
        ...Object.keys(KEPT),
        ...Object.keys(CHECKED),
        ...Object.keys(SCORED),
        ...Object.keys(BUILT),
      ].toSorted(),
    ).toEqual(KEYS.toSorted());
  });

  it.each(Object.entries(DECIDED))('%s changes decisions', (_key, [before, after]) => {
    expect(after).not.toBe(before);
    expect(decisions(after)).not.toEqual(decisions(before));
  });

  it.each(Object.entries(DIALLED))('%s changes what is dialled, and no decision', (_key, [before, after]) => {
    expect([...compile(after).pools]).not.toEqual([...compile(before).pools]);
    expect(decisions(after)).toEqual(decisions(before));
  });

  it.each(Object.entries(KEPT))('%s arrives in the plan, and changes no decision', (_key, [before, after]) => {
    const kept = (policy: string): unknown => {
      const { limits, retryBudget, callers, requireCaller } = compile(policy);
      return { limits, retryBudget, callers: [...callers], requireCaller };
    };
    expect(kept(after)).not.toEqual(kept(before));
    expect(decisions(after)).toEqual(decisions(before));
  });

  it.each(Object.entries(CHECKED))('%s is held against what is found', (_key, [before, after]) => {
    const found = (policy: string): unknown => {
      const compiled = compilePolicy(policy, 'p', { strategies: STRATEGIES, simProfiles: [] });
      return compiled.kind === 'plan' ? compiled.warnings : compiled.diagnostics;
    };
    expect(found(before)).toEqual([]);
    expect(found(after)).toHaveLength(1);
  });
  it.each(Object.entries(BUILT))(
    '%s changes what turns texts into vectors, and no decision',
    (_key, [before, after]) => {
      expect(compile(after).embedder).not.toEqual(compile(before).embedder);
      expect(decisions(after)).toEqual(decisions(before));
    },
  );

  it.each(Object.entries(SCORED))(
    '%s changes scores, and no decision that does not ask for them',
    (_key, [before, after]) => {
      const scores = (policy: string): number[] => [
        ...createStaticTopicMatcher(compile(policy).topics, undefined).score('will my order be refunded?'),
      ];
      expect(scores(after)).not.toEqual(scores(before));
      expect(decisions(after)).toEqual(decisions(before));
    },
  );

  it.each(Object.entries(SHOWN))('%s is shown by %s', (key, file) => {
    expect(KEYS).toContain(key);
    const text = readFileSync(new URL(`../../test/e2e/${file}`, import.meta.url), 'utf8');
    const literal = key.replaceAll(/[.[\]]/g, String.raw`\$&`);
    expect(text).toMatch(new RegExp(String.raw`['\s,]${literal}[',:]`));
  });

  it('version has one value', () => {
    const compiled = compilePolicy(BASE.replace('version: 1', 'version: 2'), 'p', {
      strategies: STRATEGIES,
      simProfiles: [],
    });
    expect(compiled.kind).toBe('invalid');
  });

  it('the ruler measures: a comment changes nothing', () => {
    expect(decisions(`${BASE}# nothing\n`)).toEqual(decisions(BASE));
  });

  it.each([
    ['bandit', ', costWeight: 0.02, scale: 0.35, floor: 0.01'],
    ['fastest', ', floor: 0.02'],
    ['semantic', ', costWeight: 0.02'],
    ['weighted', ', weights: { small: 1, large: 1, twin: 1 }'],
    [
      'cascade',
      ', stages: [small, large, twin], accept: { notEmpty: true, notTruncated: true, notRefusal: true, validJson: true }',
    ],
  ])('%s has the defaults that are documented', (kind, spelled) => {
    expect(decisions(withStrategy(`{ kind: ${kind}${spelled} }`))).toEqual(decisions(withStrategy(kind)));
  });
});

describe('the policy of the README', () => {
  const example = `
version: 1
pools:
  small: { model: sim-8b,  endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 0.05, outputPerMTok: 0.08 }, contextWindow: 32768 }
  large: { model: sim-70b, endpoints: ["http://127.0.0.1:9002/v1"], price: { inputPerMTok: 0.60, outputPerMTok: 0.80 }, contextWindow: 131072, apiKeyEnv: LARGE_KEY }
aliases: { auto: default }
routes:
  - name: code
    when: topic == "code" && tokens.input < 8000
    candidates: [large]
  - name: default
    candidates: [small, large]
    strategy: bandit        # or fixed, weighted, cheapest, cascade, or an object: { kind: bandit, ... }
`;

  it('works as it stands, without a warning', () => {
    const compiled = compilePolicy(example, 'p', { strategies: STRATEGIES, simProfiles: [] });
    expect(compiled).toMatchObject({ kind: 'plan', warnings: [], plan: { needs: { topic: true } } });
  });

  it.each([
    [{ about: 'code' } as const, 'code', ['large']],
    [{ about: 'code', tokens: { input: 8_000, maxOutput: undefined } } as const, 'default', ['small', 'large']],
    [{ about: 'law' } as const, 'default', ['small', 'large']],
  ])('routes %j to %s', (about, route, pools) => {
    const router = createRouter(compile(example));
    const decision = decide(router, inputOf(router, { workload: workloadOf(about) }));
    expect(decision.route).toBe(route);
    expect(decision.candidates.map(({ pool }) => pool)).toEqual(pools);
  });

  it.each(Object.keys(STRATEGIES).flatMap((kind) => [kind, `{ kind: ${kind} }`]))(
    'takes the strategy %s',
    (strategy) => {
      // The one that needs to be told how good the models are.
      const cards = strategy.includes('semantic') ? ', quality: { overall: 0.5 } }' : ' }';
      const policy = example.replaceAll(/(?<=contextWindow.*) \}(?=\n)/g, cards);
      const router = createRouter(compile(policy.replace('strategy: bandit', `strategy: ${strategy}`)));
      expect(decide(router, inputOf(router)).strategy).toBe(strategy.replace(/^\{ kind: (\w+) \}$/, '$1'));
    },
  );
});
