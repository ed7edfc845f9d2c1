// The JSON Schema that editors get, held against another validator: it takes what the compiler takes, and refuses what the compiler refuses by shape.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compilePolicy, parsePolicyTests, policyJsonSchema, policyTestsJsonSchema } from '../src/policy/index.ts';
import { STRATEGIES } from '../src/router/index.ts';
import { ENGINE_PROFILES } from '../src/sim/index.ts';

const root = resolve(import.meta.dirname, '..');
const schema = policyJsonSchema(STRATEGIES);
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const validate = ajv.compile(schema);
const validateTests = ajv.compile(policyTestsJsonSchema());

const yamlFiles = (directory: string, ending = '.yaml'): string[] =>
  readdirSync(join(root, directory)).flatMap((file) => (file.endsWith(ending) ? [join(directory, file)] : []));
const policies = yamlFiles('policies').filter((file) => !file.endsWith('.test.yaml'));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Messages of the compiler that no schema can say: names, URLs, meaning. */
const BEYOND_SHAPE =
  /^(?:caller "|callers "|nobody could be let in|not a regular expression|matches the empty|"[^"]*" (?:looks for nothing|costs|has neither|is there already)|fuzzy is about|expected a \w+[^,]*, as the value is|a signal |unknown (?:pool|route|topic)|prior table|no table has|nobody knows how|pool "|route "|a second r(?:oute|ule)|there is no engine profile|not a URL|\w+:\/\/ is not|credentials|a base URL|endpoint |nobody knows|the endpoints' base|"[^"]+" is also|"[^"]+" is a built-in|\d+ examples? (?:is|are) too few|the same phrase|also an example|expected a phrase)/;

function shapeErrors(source: string): readonly string[] {
  const compiled = compilePolicy(source, 'p', { strategies: STRATEGIES, simProfiles: ['8b-h100', '70b-tp4-h100'] });
  if (compiled.kind === 'plan') return [];
  return compiled.diagnostics.flatMap(({ path, message }) => {
    const ofCondition = /\.(?:when|value)$/.test(path) && !message.startsWith('must ');
    return ofCondition || BEYOND_SHAPE.test(message) ? [] : [message];
  });
}

const MINIMAL = {
  version: 1,
  pools: {
    p: {
      model: 'm',
      endpoints: ['http://127.0.0.1:9001/v1'],
      price: { inputPerMTok: 1, outputPerMTok: 2 },
      contextWindow: 9,
    },
  },
  aliases: { auto: 'r' },
  routes: [{ name: 'r', candidates: ['p'] }],
};

/** Every value that the schema describes, by its path in a policy where everything is said. */
const FULL = {
  ...MINIMAL,
  timeouts: { ttftMs: 1, itlMs: 2, totalMs: 3 },
  limits: { concurrentRequests: 1, inputTokens: 2, outputTokens: 3 },
  retryBudget: { ratio: 0.5, minPerSecond: 0 },
  confine: [{ name: 'c', when: 'json', pools: ['p'] }],
  keywords: {
    legal: { any: ['gdpr'], patterns: ['x+y'], fuzzy: 1, builtin: ['email'], in: 'all', beyond: 'hit' },
    pii: { builtin: 'pii' },
  },
  signals: {
    sensitive: { value: 'keywords("pii")', default: true, deadlineMs: 20, cost: 'text' },
    hard: { value: 'turns', default: 1 },
    whose: { value: 'tools', default: ['a'] },
    who: { value: 'caller', default: 'nobody' },
  },
  callers: {
    alice: { keyEnv: 'ALICE_KEY', role: 'premium', tags: { team: 'search' } },
    bob: { keySha256: '0'.repeat(64) },
  },
  requireCaller: true,
  embedder: {
    kind: 'http',
    url: 'http://127.0.0.1:9/v1',
    model: 'm',
    apiKeyEnv: 'KEY',
    deadlineMs: 1,
    concurrency: 1,
    cache: 0,
    dimensions: 8,
    maxChars: 9,
  },
  topics: { refunds: { examples: ['a b', 'c d', 'e f', 'g h'], not: ['i j'], threshold: 0.6 } },
  pools: {
    p: {
      ...MINIMAL.pools.p,
      endpoints: ['http://127.0.0.1:9001/v1', { url: 'http://127.0.0.1:9002/v1', weight: 2, maxConcurrency: 3 }],
      price: { inputPerMTok: 1, cachedInputPerMTok: 0.5, outputPerMTok: 2 },
      apiKeyEnv: 'KEY',
      engine: 'vllm',
      pick: 'round-robin',
      queue: { size: 1, timeoutMs: 2 },
      healthCheck: { path: '/health', intervalMs: 1, timeoutMs: 1, unhealthyAfter: 1, healthyAfter: 1 },
      timeouts: { connectMs: 5 },
      quality: { overall: 0.5, code: 1 },
    },
    q: { ...MINIMAL.pools.p, healthCheck: true },
  },
  routes: [
    { name: 'a', when: 'json', candidates: ['p'], fallbacks: ['q'], timeouts: { ttftMs: 1, itlMs: 1, totalMs: 1 } },
    { name: 'b', when: 'json', candidates: ['p'], strategy: { kind: 'weighted', weights: { p: 1 } } },
    { name: 'c', when: 'json', candidates: ['p'], strategy: { kind: 'bandit', costWeight: 1, scale: 1, floor: 0.1 } },
    { name: 'd', when: 'json', candidates: ['p'], strategy: { kind: 'fastest', floor: 0.1 } },
    {
      name: 'f',
      when: 'json',
      candidates: ['p'],
      strategy: { kind: 'semantic', costWeight: 1, minQuality: 0.5, priors: 'priors/t.json', as: { p: 'model' } },
    },
    {
      name: 'e',
      when: 'json',
      strategy: {
        kind: 'cascade',
        stages: ['p', 'q'],
        accept: { notEmpty: true, notTruncated: true, notRefusal: true, validJson: true, minMeanLogprob: -1 },
      },
    },
    { name: 'r', candidates: ['p'], strategy: 'cheapest' },
  ],
};

type Step = string | number;

function pathsOf(value: unknown, prefix: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [prefix, ...inner.flatMap(([key, child]) => pathsOf(child, [...prefix, key]))];
}

function withChange(
  whole: object,
  path: readonly Step[],
  change: (at: Record<Step, unknown>, key: Step) => void,
): unknown {
  const copy = structuredClone(whole) as unknown as Record<Step, unknown>;
  const key = path.at(-1) ?? '';
  change(
    path.slice(0, -1).reduce((at, step) => at[step] as Record<Step, unknown>, copy),
    key,
  );
  return copy;
}

const ENCODER = {
  kind: 'transformers',
  model: 'm',
  allowHub: true,
  pooling: 'cls',
  dtype: 'fp32',
  deadlineMs: 1,
  queue: 0,
};

const mutantsOf = (whole: object): (readonly [string, unknown])[] =>
  pathsOf(whole)
    .filter((path) => path.length > 0)
    .flatMap((path) => {
      const name = path.join('.');
      const wrong: readonly (readonly [string, unknown])[] = [
        ['null', null],
        ['a number', -7],
        ['a text', 'no such thing?'],
        ['true', true],
        ['an empty list', []],
        ['an unknown key', { surprise: 1 }],
        ['a huge number', 1e300],
      ];
      return [
        ...wrong.map(
          ([what, value]) => [`${name} = ${what}`, withChange(whole, path, (at, key) => (at[key] = value))] as const,
        ),
        [`${name} missing`, withChange(whole, path, (at, key) => delete at[key])] as const,
      ];
    });

const mutants = mutantsOf(FULL);

describe('the schema', () => {
  it('is one of draft 2020-12, and says of every key what it means', () => {
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    const silent: string[] = [];
    const visit = (node: unknown, path: string): void => {
      const { properties, patternProperties, items, anyOf, oneOf } = (node ?? {}) as Record<string, object | undefined>;
      for (const [key, inner] of Object.entries(properties ?? {})) {
        if (key !== 'kind' && typeof (inner as { description?: unknown }).description !== 'string')
          silent.push(`${path}.${key}`);
        visit(inner, `${path}.${key}`);
      }
      for (const inner of Object.values(patternProperties ?? {})) visit(inner, `${path}.NAME`);
      if (items !== undefined) visit(items, `${path}[]`);
      for (const inner of [...((anyOf as object[] | undefined) ?? []), ...((oneOf as object[] | undefined) ?? [])])
        visit(inner, path);
    };
    visit(schema, '');
    expect(silent).toEqual([]);
  });

  it.each(policies)('takes %s, which compiles without a warning', (file) => {
    expect(validate(parse(read(file))), JSON.stringify(validate.errors)).toBe(true);
    const compiled = compilePolicy(read(file), file, {
      strategies: STRATEGIES,
      simProfiles: Object.keys(ENGINE_PROFILES),
    });
    expect(compiled).toMatchObject({ kind: 'plan', warnings: [] });
  });

  it('takes a policy in which everything is said, as the compiler does', () => {
    expect(validate(FULL), JSON.stringify(validate.errors)).toBe(true);
    expect(shapeErrors(JSON.stringify(FULL))).toEqual([]);
  });

  it.each([
    'static',
    ENCODER,
    ...Object.keys(ENCODER).map((key) => ({ ...ENCODER, [key]: 'wrong' })),
    ...Object.keys(ENCODER).map((key) => ({ ...ENCODER, [key]: undefined })),
    'transformers',
    { kind: 'static' },
    { ...ENCODER, kind: 'http' },
    { ...FULL.embedder, queue: 1 },
    {},
    [],
  ])('agrees with the compiler on the embedder %j', (embedder) => {
    const policy = { ...MINIMAL, embedder };
    expect(validate(JSON.parse(JSON.stringify(policy)))).toBe(shapeErrors(JSON.stringify(policy)).length === 0);
  });

  it.each(Object.keys(STRATEGIES).flatMap((kind) => [[kind], [{ kind }]]))('knows the strategy %j', (strategy) => {
    const policy = (value: unknown): unknown => ({
      ...MINIMAL,
      routes: [{ name: 'r', candidates: ['p'], strategy: value }],
    });
    expect(validate(policy(strategy))).toBe(true);
    expect(validate(policy({ kind: 'nothing' }))).toBe(false);
    if (typeof strategy === 'object') expect(validate(policy({ ...strategy, surprise: 1 }))).toBe(false);
  });

  it.each(yamlFiles('test/golden/policy'))('agrees with the compiler on the shape of %s', (file) => {
    const source = read(file);
    const errors = shapeErrors(source);
    // What is no YAML, or YAML that refers to itself, has no shape.
    if (errors.some((message) => message.startsWith('not valid YAML'))) return;
    expect(validate(parse(source))).toBe(errors.length === 0);
  });

  it('agrees with the compiler on the shape of every policy with one thing wrong', { timeout: 900_000 }, () => {
    expect(mutants.length).toBeGreaterThan(500);
    const disagreed = mutants.filter(
      ([, policy]) => validate(policy) !== (shapeErrors(JSON.stringify(policy)).length === 0),
    );
    expect(disagreed.map(([name, policy]) => [name, shapeErrors(JSON.stringify(policy))])).toEqual([]);
    expect(mutants.filter(([, policy]) => !validate(policy)).length).toBeGreaterThan(300);
  });
});

/** Tables of priors are files. */
const TESTED_ROUTES = FULL.routes.filter((route) => !JSON.stringify(route).includes('priors'));
const TESTED = compilePolicy(JSON.stringify({ ...FULL, routes: TESTED_ROUTES }), 'p', {
  strategies: STRATEGIES,
  simProfiles: [],
});

/** Every value that a test may have. */
const FULL_TEST = {
  name: 'a',
  request: { messages: [{ role: 'user', content: 'Hi' }] },
  operation: 'chat',
  model: 'auto',
  caller: 'bob',
  headers: { 'x-sluice-tags': 'team=red' },
  given: {
    unhealthy: ['p'],
    observed: { p: { ttftMs: 1, tpotMs: 2, inFlight: 3 } },
    learned: [{ topic: 'law', pool: 'p', score: 0.5, times: 3 }],
    facts: { topic: 'law' },
    draw: 0.5,
  },
  expect: {
    route: 'r',
    strategy: 'fixed',
    arm: ['p', 'q'],
    stages: ['p'],
    fallbacks: ['q'],
    eligible: ['p'],
    excluded: { q: 'window' },
    passedOver: { a: 'false' },
    confined: ['c'],
    propensity: { p: { min: 0, max: 1 } },
    reasons: ['first'],
    facts: { json: false },
  },
};

describe('the schema of tests', () => {
  const shapeOf = (tests: unknown): readonly string[] => {
    if (TESTED.kind === 'invalid') throw new Error('the policy of these tests is invalid');
    const parsed = parsePolicyTests(JSON.stringify(tests), 't', TESTED.plan);
    const beyond =
      /^(?:unknown (?!key)|a second test|"[^"]+" is of type|expected `chat`|`chat` is|a request that is refused)/;
    return parsed.kind === 'tests' ? [] : parsed.diagnostics.map((d) => d.message).filter((m) => !beyond.test(m));
  };

  it('takes a test in which everything is said, as the parser does', () => {
    expect(validateTests({ tests: [FULL_TEST] }), JSON.stringify(validateTests.errors)).toBe(true);
    expect(shapeOf({ tests: [FULL_TEST] })).toEqual([]);
  });

  it.each(yamlFiles('policies', '.test.yaml'))('takes %s', (file) => {
    expect(validateTests(parse(read(file))), JSON.stringify(validateTests.errors)).toBe(true);
  });

  it('agrees with the parser on the shape of every test with one thing wrong', () => {
    const disagreed = mutantsOf({ tests: [FULL_TEST] }).filter(
      ([, tests]) => validateTests(tests) !== (shapeOf(tests).length === 0),
    );
    expect(disagreed.map(([name, tests]) => [name, shapeOf(tests)])).toEqual([]);
  });
});
