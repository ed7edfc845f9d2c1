// YAML -> Plan: what comes out of a good policy, that it cannot be changed, and that no text breaks the compiler.
import { Type } from 'typebox';
import { anything, array, assert, constantFrom, jsonValue, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';
import type { Vocabulary } from './compiling.ts';
import type { EndpointSpec } from './pool-plan.ts';
import type { Plan } from './types.ts';

const none = { additionalProperties: false } as const;
/** The real strategies are the router's, which this room may not know. */
const vocabulary: Vocabulary = {
  simProfiles: ['8b-h100'],
  strategies: {
    fixed: { kind: 'fixed', needsTopic: false, schema: Type.Object({ kind: Type.Literal('fixed') }, none) },
    seeing: { kind: 'seeing', needsTopic: true, schema: Type.Object({ kind: Type.Literal('seeing') }, none) },
    staged: {
      kind: 'staged',
      needsTopic: false,
      schema: Type.Object({ kind: Type.Literal('staged'), stages: Type.Array(Type.String()) }, none),
      impliedCandidates: (options) => options['stages'] as readonly string[],
      poolsNamed: (options) =>
        (options['stages'] as readonly string[]).map((pool, i) => ({ path: ['stages', i], pool })),
    },
  },
};

const POOLS = `version: 1
pools:
  small: { model: sim-8b, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 0.05, outputPerMTok: 0.08 }, contextWindow: 32768 }
  large: { model: sim-70b, endpoints: ["http://127.0.0.1:9002/v1", "sim://8b-h100"], price: { inputPerMTok: 0.6, outputPerMTok: 0.8 }, contextWindow: 131072, apiKeyEnv: LARGE_KEY }
`;
const ROUTES = `aliases: { auto: default, quick: first }
routes:
  - { name: first, when: json, candidates: [small] }
  - { name: default, candidates: [small, large] }
`;

function compile(source: string): Plan {
  const compiled = compilePolicy(source, 'p.yaml', vocabulary);
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  return compiled.plan;
}

describe('compilePolicy', () => {
  it('makes pools with everything that was said', () => {
    const url = (text: string): EndpointSpec => ({ url: text, weight: 1, maxConcurrency: undefined });
    const defaults = {
      engine: 'openai',
      asksUsage: true,
      pick: 'least-tokens',
      queue: { size: 64, timeoutMs: 10_000 },
      healthCheck: undefined,
      connectTimeoutMs: 2_000,
    };
    expect([...compile(POOLS).pools.values()]).toEqual([
      {
        ...defaults,
        name: 'small',
        model: 'sim-8b',
        endpoints: [url('http://127.0.0.1:9001/v1')],
        price: { inputPerMTok: 0.05, cachedInputPerMTok: 0.05, outputPerMTok: 0.08 },
        contextWindow: 32768,
        apiKeyEnv: undefined,
      },
      {
        ...defaults,
        name: 'large',
        model: 'sim-70b',
        endpoints: [url('http://127.0.0.1:9002/v1'), url('sim://8b-h100')],
        price: { inputPerMTok: 0.6, cachedInputPerMTok: 0.6, outputPerMTok: 0.8 },
        contextWindow: 131072,
        apiKeyEnv: 'LARGE_KEY',
      },
    ]);
  });

  it('makes routes in order, and aliases into positions', () => {
    const plan = compile(POOLS + ROUTES);
    expect(plan.routes.map(({ name, candidates, strategy }) => [name, candidates, strategy])).toEqual([
      ['first', ['small'], { kind: 'fixed', options: { kind: 'fixed' } }],
      ['default', ['small', 'large'], { kind: 'fixed', options: { kind: 'fixed' } }],
    ]);
    expect(plan.routes[0]?.when?.source).toBe('json');
    expect(plan.routes[1]?.when).toBeUndefined();
    expect([...plan.aliases]).toEqual([
      ['auto', 1],
      ['quick', 0],
    ]);
  });

  it('fills in what routes and the policy leave out', () => {
    const bare = compile(POOLS + ROUTES);
    expect(bare.timeouts).toEqual({ ttftMs: 300_000, itlMs: 120_000, totalMs: 3_600_000 });
    expect(bare.routes.map(({ timeouts, fallbacks }) => [timeouts, fallbacks])).toEqual([
      [bare.timeouts, undefined],
      [bare.timeouts, undefined],
    ]);
    expect(bare.limits).toEqual({ concurrentRequests: undefined, inputTokens: undefined, outputTokens: undefined });
    expect(bare.retryBudget).toEqual({ ratio: 0.2, minPerSecond: 10 });

    const said = compile(`${POOLS}timeouts: { ttftMs: 7, totalMs: 9 }
limits: { inputTokens: 5 }
retryBudget: { minPerSecond: 0 }
${ROUTES.replace('candidates: [small] }', 'candidates: [small], fallbacks: [large], timeouts: { itlMs: 3, totalMs: 8 } }')}`);
    expect(said.timeouts).toEqual({ ttftMs: 7, itlMs: 120_000, totalMs: 9 });
    expect(said.routes[0]).toMatchObject({ fallbacks: ['large'], timeouts: { ttftMs: 7, itlMs: 3, totalMs: 8 } });
    expect(said.limits.inputTokens).toBe(5);
    expect(said.retryBudget).toEqual({ ratio: 0.2, minPerSecond: 0 });
  });

  it.each([
    ['no route asks', '', false],
    ['a condition asks', ROUTES.replace('when: json', 'when: topic == "law"'), true],
    ['a strategy asks', ROUTES.replace('[small, large] }', '[small, large], strategy: seeing }'), true],
  ])('needs the topic only if something asks: %s', (_name, routes, topic) => {
    expect(compile(POOLS + routes).needs.topic).toBe(topic);
  });

  it.each([
    ['topic_p["law"] > 0.5', true, false],
    ['topic_group == "science"', true, false],
    ['task == "translate"', false, true],
    ['difficulty > 0.7 && topic == "math"', true, true],
    ['asks_facts > 0.5', false, true],
    ['feedback == "wrong"', false, true],
    ['reask > 0.8', false, true],
    ['language != "en"', false, true],
    ['tokens.input < 10 && "search" in tools', false, false],
  ])('looks at the text no more than %s asks', (condition, topic, sight) => {
    const { needs } = compile(POOLS + ROUTES.replace('when: json', `when: '${condition}'`));
    expect([needs.topic, needs.sight]).toEqual([topic, sight]);
  });

  it('needs the facts that conditions ask, once each', () => {
    const routes = ROUTES.replace('when: json', 'when: \'json && topic == "law"\'').replace(
      'name: default,',
      'name: default, when: json || tokens.input > 5,',
    );
    const none = { sight: false, groups: [], calls: [], texts: false };
    expect(compile(POOLS + routes).needs).toEqual({ ...none, topic: true, facts: ['json', 'topic', 'tokens.input'] });
    expect(compile(POOLS).needs).toEqual({ ...none, topic: false, facts: [] });
  });

  it('takes candidates from the strategy when the route names none', () => {
    const routes =
      'aliases: { auto: r }\nroutes:\n  - { name: r, strategy: { kind: staged, stages: [large, small] } }\n';
    expect(compile(POOLS + routes).routes[0]?.candidates).toEqual(['large', 'small']);
  });

  it('has a fingerprint of the text', () => {
    expect(compile(POOLS).fingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(compile(POOLS).fingerprint).toBe(compile(POOLS).fingerprint);
    expect(compile(`${POOLS}# a comment\n`).fingerprint).not.toBe(compile(POOLS).fingerprint);
  });

  it('takes names that every JavaScript object has', () => {
    const source = (POOLS + ROUTES).replaceAll('small', 'constructor').replace('auto', 'toString');
    const plan = compile(source);
    expect(plan.aliases.get('toString')).toBe(1);
    expect(plan.routes[1]?.candidates).toEqual(['constructor', 'large']);
  });

  it('lets anchors share a part', () => {
    const source = POOLS.replace(
      'price: { inputPerMTok: 0.05, outputPerMTok: 0.08 }',
      'price: &p { inputPerMTok: 1, outputPerMTok: 2 }',
    ).replace('price: { inputPerMTok: 0.6, outputPerMTok: 0.8 }', 'price: *p');
    expect(compile(source).pools.get('large')?.price).toMatchObject({ inputPerMTok: 1, outputPerMTok: 2 });
  });

  it('cannot be changed afterwards, anywhere', () => {
    const plan = compile(POOLS + ROUTES);
    const open: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) open.push(path);
      if (value instanceof Map) for (const [key, inner] of value) walk(inner, `${path}.${String(key)}`);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    };
    walk(plan, 'plan');
    expect(open).toEqual([]);
    expect(() => (plan.pools as Map<string, unknown>).set('x', 1)).toThrow(TypeError);
    expect(() => (plan.aliases as Map<string, unknown>).delete('auto')).toThrow(TypeError);
    expect(plan.pools.size).toBe(2);
  });

  it('formats a diagnostic as file:line:column', () => {
    const compiled = compilePolicy('version: 2\npools: {}', 'p.yaml', vocabulary);
    expect(compiled.kind === 'invalid' && compiled.diagnostics.map(formatDiagnostic)).toEqual([
      'p.yaml:1:10: error: expected 1 (at version)',
      'p.yaml:2:8: error: must not have fewer than 1 properties, found {} (at pools)',
    ]);
  });
});

describe('no text breaks the compiler', () => {
  function holds(source: string): void {
    const compiled = compilePolicy(source, 'x', vocabulary);
    const lines = source.split('\n').length;
    for (const { line, column } of compiled.kind === 'plan' ? compiled.warnings : compiled.diagnostics) {
      expect(line >= 1 && line <= lines && column >= 1).toBe(true);
    }
    if (compiled.kind === 'invalid') expect(compiled.diagnostics.length).toBeGreaterThan(0);
  }

  it('arbitrary text', () => {
    assert(property(string({ unit: 'binary', maxLength: 60 }), holds), { numRuns: 300 });
  });

  it('YAML-like text', () => {
    const piece = constantFrom(
      'version',
      'pools',
      'routes',
      ': ',
      ':',
      '\n',
      '\n  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!!set ',
      '!!map',
      '? ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '<<',
      '1',
      '.nan',
      '%YAML 1.1\n---\n',
      '2001-01-01',
      ', ',
    );
    assert(
      property(
        array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
        holds,
      ),
      { numRuns: 1_500 },
    );
  });

  it('any value in the place of any part', () => {
    const places: Record<string, (value: unknown) => object> = {
      version: (value) => ({ version: value }),
      pools: (value) => ({ pools: value }),
      pool: (value) => ({ pools: { small: value } }),
      endpoints: (value) => ({ pools: { small: { model: 'm', endpoints: value } } }),
      price: (value) => ({ pools: { small: { model: 'm', price: value } } }),
      aliases: (value) => ({ aliases: value }),
      alias: (value) => ({ aliases: { auto: value } }),
      routes: (value) => ({ routes: value }),
      route: (value) => ({ routes: [{ name: 'r', candidates: ['small'] }, value] }),
      when: (value) => ({ routes: [{ name: 'r', candidates: ['small'], when: value }] }),
      candidates: (value) => ({ routes: [{ name: 'r', candidates: value }] }),
      strategy: (value) => ({ routes: [{ name: 'r', candidates: ['small'], strategy: value }] }),
      topics: (value) => ({ topics: value }),
      topic: (value) => ({ topics: { refunds: value } }),
      examples: (value) => ({ topics: { refunds: { examples: value, not: value } } }),
      stages: (value) => ({ routes: [{ name: 'r', strategy: { kind: 'staged', stages: value } }] }),
    };
    const good = { version: 1, pools: {}, aliases: { auto: 'r' }, routes: [] };
    assert(
      property(constantFrom(...Object.values(places)), jsonValue(), (put, value) => {
        holds(JSON.stringify({ ...good, ...put(value) }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('whatever yaml can write', () => {
    assert(
      property(anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, maxDepth: 3 }), (value) => {
        let text: string;
        try {
          text = stringify({ version: 1, pools: value });
        } catch {
          return;
        }
        holds(text);
      }),
    );
  });
});
