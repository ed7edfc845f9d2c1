// Cards and prior tables: what a plan takes from them, and what is said of those that cannot be used.
import { assert, jsonValue, nat, oneof, property, string, tuple } from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';
import type { Compiled, NamedFile, Vocabulary } from './compiling.ts';
import type { Quality } from './pool-plan.ts';

const strategies: Vocabulary['strategies'] = {
  fixed: {
    kind: 'fixed',
    needsTopic: false,
    schema: Type.Object({ kind: Type.Literal('fixed') }, { additionalProperties: false }),
  },
  knowing: {
    kind: 'knowing',
    needsTopic: true,
    schema: Type.Object({ kind: Type.Literal('knowing') }),
    qualitySource: (options) => options,
  },
};

const TABLE = {
  version: 1,
  source: { data: 'anything' },
  models: {
    'big-1': { overall: 0.8, topics: { law: { quality: 0.9, rows: 12.5 } }, outputTokens: 200 },
    'big-2': { overall: 0.6 },
    'big-3': { overall: 0.6, topics: { law: { quality: 0.5, difficulty: { at: 0.25, slope: -1 } } } },
  },
};

const pool = (name: string, more = ''): string =>
  `  ${name}: { model: ${name}-model, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 9${more} }\n`;
const policy = (pools: string, strategy: string, candidates = '[a, b]'): string =>
  `version: 1\npools:\n${pools}aliases: { auto: r }\nroutes:\n  - { name: r, candidates: ${candidates}, strategy: ${strategy} }\n`;
const BARE = pool('a') + pool('b');
const WITH_CARDS =
  pool('a', ', quality: { overall: 0.3, code: 0.4 }') + pool('b', ', quality: { overall: 0 , law: 1 }');

function compile(source: string, table: unknown = TABLE): Compiled {
  const text = typeof table === 'string' ? table : JSON.stringify(table, undefined, 2);
  const readNamed = (path: string): NamedFile =>
    path === 'gone.json' ? { kind: 'unreadable', why: 'there is no file gone.json' } : { kind: 'text', path, text };
  return compilePolicy(source, 'p.yaml', { strategies, simProfiles: [], readNamed });
}

function qualities(source: string): readonly unknown[] {
  const compiled = compile(source);
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  const known: ReadonlyMap<string, Quality> = compiled.plan.routes[0]?.strategy.qualities ?? new Map();
  return [...known].map(([name, { overall, topics }]) => [name, overall, topicsIn(topics)]);
}

/** The quality alone where it does not depend on difficulty. */
function topicsIn(topics: Quality['topics']): unknown {
  return Object.fromEntries(
    [...topics].map(([topic, { quality, slope, at }]) => [topic, slope === 0 ? quality : [quality, slope, at]]),
  );
}

function errors(source: string, table?: unknown): readonly string[] {
  const compiled = compile(source, table);
  return compiled.kind === 'plan' ? [] : compiled.diagnostics.map(formatDiagnostic);
}

const fingerprint = (compiled: Compiled): string => (compiled.kind === 'plan' ? compiled.plan.fingerprint : 'invalid');

describe('qualities of a route’s candidates', () => {
  it('come from the cards', () => {
    expect(qualities(policy(WITH_CARDS, 'knowing'))).toEqual([
      ['a', 0.3, { code: 0.4 }],
      ['b', 0, { law: 1 }],
    ]);
  });

  it('come from the table’s row of the pool’s model, or of the one that it is said to be', () => {
    const own = BARE.replace('model: a-model', 'model: big-2');
    expect(qualities(policy(own, '{ kind: knowing, priors: t.json, as: { b: big-1 } }'))).toEqual([
      ['a', 0.6, {}],
      ['b', 0.8, { law: 0.9 }],
    ]);
  });

  it('may depend on difficulty', () => {
    expect(qualities(policy(BARE, '{ kind: knowing, priors: t.json, as: { a: big-3, b: big-2 } }'))[0]).toEqual([
      'a',
      0.6,
      { law: [0.5, -1, 0.25] },
    ]);
  });

  it('come from a card before a table, unless the table’s model is named', () => {
    const pools = WITH_CARDS.replaceAll(/model: \w-model/g, 'model: big-1');
    expect(qualities(policy(pools, '{ kind: knowing, priors: t.json }'))[0]).toEqual(['a', 0.3, { code: 0.4 }]);
    expect(qualities(policy(pools, '{ kind: knowing, priors: t.json, as: { a: big-2 } }'))[0]).toEqual(['a', 0.6, {}]);
  });

  it('are none where the strategy does not ask', () => {
    expect(qualities(policy(WITH_CARDS, 'fixed'))).toEqual([]);
  });

  it('are frozen with the plan', () => {
    const compiled = compile(policy(WITH_CARDS, 'knowing'));
    const known = compiled.kind === 'plan' ? compiled.plan.routes[0]?.strategy.qualities : undefined;
    const topics = (known?.get('a') as { topics: Map<string, unknown> } | undefined)?.topics;
    expect(() => topics?.set('law', 1)).toThrow('frozen');
  });

  it('are in the fingerprint, to the last digit of the table', () => {
    const source = policy(WITH_CARDS, '{ kind: knowing, priors: t.json }');
    const before = fingerprint(compile(source));
    expect(fingerprint(compile(source))).toBe(before);
    expect(fingerprint(compile(source, JSON.stringify(TABLE).replace('0.9', '0.91')))).not.toBe(before);
    expect(fingerprint(compile(policy(WITH_CARDS, 'knowing')))).not.toBe(before);
  });
});

const PRIORS = '{ kind: knowing, priors: t.json, as: { a: big-1, b: big-2 } }';

describe('a table that cannot be used', () => {
  it.each([
    ['no JSON', '{"version": 1, "models": {', /^t\.json:1:\d+: error: not valid YAML: /],
    ['nothing', '', /^t\.json:1:1: error: must be object/],
    ['a list', [], /^t\.json:1:1: error: must be object/],
    ['another version', { ...TABLE, version: 2 }, /^t\.json:2:14: error: expected 1 \(at version\)$/],
    ['no models', { version: 1 }, /^t\.json:1:1: error: "models" is missing$/],
    ['an empty table', { version: 1, models: {} }, /^t\.json:3:13: error: must not have fewer than 1 properties/],
    [
      'not a number',
      '{"version":1,"models":{"big-1":{"overall":NaN}}}',
      /^t\.json:1:43: error: must be number, found "NaN"/,
    ],
    [
      'YAML’s not a number',
      '{version: 1, models: {m: {overall: .nan}}}',
      /^t\.json:1:36: error: must be number, found NaN/,
    ],
    ['above 1', { version: 1, models: { m: { overall: 1.01 } } }, /^t\.json:5:18: error: must be <= 1, found 1\.01/],
    ['below 0', { version: 1, models: { m: { overall: -0.01 } } }, /^t\.json:5:18: error: must be >= 0, found -0\.01/],
    ['no overall', { version: 1, models: { m: {} } }, /^t\.json:4:10: error: "overall" is missing \(at models\.m\)$/],
    ['null', { version: 1, models: { m: { overall: null } } }, /^t\.json:5:18: error: must be number, found null/],
    ['an unknown key', { ...TABLE, model: {} }, /error: unknown key "model", expected one of version, source/],
    [
      'an unknown topic',
      { version: 1, models: { m: { overall: 1, topics: { cod: { quality: 1 } } } } },
      /^t\.json:7:9: error: unknown topic "cod", near code; expected one of code, .*math, .* \(at models\.m\.topics\.cod\)$/,
    ],
    [
      'a topic’s quality out of range',
      { version: 1, models: { m: { overall: 1, topics: { law: { quality: 2 } } } } },
      /^t\.json:8:22: error: must be <= 1, found 2/,
    ],
    [
      'a slope without its place',
      { version: 1, models: { m: { overall: 1, topics: { law: { quality: 1, difficulty: { slope: 1 } } } } } },
      /^t\.json:9:25: error: "at" is missing \(at models\.m\.topics\.law\.difficulty\)$/,
    ],
  ])('%s', (_name, table, expected) => {
    const found = errors(policy(BARE, PRIORS), table);
    expect(found[0]).toMatch(expected);
    // Not also that no candidate's quality is known.
    expect(found.filter((line) => line.startsWith('p.yaml'))).toEqual([]);
  });

  it.each([
    ['gone.json', 'there is no file gone.json'],
    ['../t.json', "within the policy's own folder"],
    ['a/../../t.json', "within the policy's own folder"],
    ['/etc/passwd', "within the policy's own folder"],
    ['C:/t.json', "within the policy's own folder"],
    ['"a\\\\b.json"', "within the policy's own folder"],
  ])('%s', (path, why) => {
    const found = errors(policy(BARE, `{ kind: knowing, priors: ${path} }`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^p\.yaml:7:\d+: error: prior table ".*" cannot be read: .* \(at routes\[0\]\.strategy\.priors\)$/,
    );
    expect(found[0]).toContain(why);
  });

  it('is told of once, however many routes name it', () => {
    const two = `${policy(BARE, PRIORS)}  - { name: s, candidates: [a, b], strategy: ${PRIORS} }\n`;
    expect(errors(two, { version: 2, models: { m: { overall: 1 } } })).toHaveLength(1);
  });

  it('does not hide what is wrong with the policy itself, which comes first', () => {
    const found = errors(policy(BARE, PRIORS, '[a, b, x]'), { version: 2, models: { m: { overall: 1 } } });
    expect(found.map((line) => line.split(':')[0])).toEqual(['p.yaml', 't.json']);
  });
});

describe('any text as a table', () => {
  const cut = tuple(nat(400), nat(20), string({ maxLength: 4, unit: 'binary' })).map(([at, lost, added]) => {
    const text = JSON.stringify(TABLE, undefined, 1);
    return text.slice(0, at) + added + text.slice(at + lost);
  });
  const any = jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));

  it('is a plan, or errors that point into it', () => {
    assert(
      property(oneof(cut, any, string({ unit: 'binary' })), (text) => {
        const compiled = compile(policy(BARE, PRIORS), text);
        if (compiled.kind === 'plan') return;
        expect(compiled.diagnostics.length).toBeGreaterThan(0);
        const lines = { 't.json': text.split('\n'), 'p.yaml': policy(BARE, PRIORS).split('\n') };
        for (const { file, line, column } of compiled.diagnostics) {
          const own = lines[file as keyof typeof lines];
          expect(line >= 1 && line <= own.length).toBe(true);
          expect(column >= 1 && column <= (own[line - 1]?.length ?? 0) + 1).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('a candidate of unknown quality', () => {
  it('is an error that says what to do', () => {
    const pools = pool('a', ', quality: { overall: 0.5 }') + pool('b');
    expect(errors(policy(pools, 'knowing'))).toEqual([
      'p.yaml:7:32: error: nobody knows how good pool "b" is: give it a card (pools.b.quality: { overall: 0.7 }), or name a table of its model (strategy.priors) (at routes[0].candidates[1])',
    ]);
  });

  it('is not excused by a table that lacks its model', () => {
    const [found] = errors(
      policy(BARE.replace('a-model', 'big1'), '{ kind: knowing, priors: t.json, as: { b: big-1 } }'),
    );
    expect(found).toContain(
      '"t.json" has no model "big1", near big-1, big-2, big-3; say which of the table\'s it is (strategy.as.a)',
    );
  });

  it.each([
    ['big-4', '"t.json" has no model "big-4"; near big-1, big-2, big-3 (at routes[0].strategy.as.a)'],
    ['other', '"t.json" has no model "other"; expected one of big-1, big-2, big-3 (at routes[0].strategy.as.a)'],
    [
      'constructor',
      '"t.json" has no model "constructor"; expected one of big-1, big-2, big-3 (at routes[0].strategy.as.a)',
    ],
  ])('taken for %s', (model, message) => {
    expect(errors(policy(BARE, `{ kind: knowing, priors: t.json, as: { a: ${model}, b: big-1 } }`))).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it('taken for a model of no table', () => {
    expect(errors(policy(WITH_CARDS, '{ kind: knowing, as: { a: big-1 } }'))).toEqual([
      expect.stringContaining('no table has a model "big-1": name one (strategy.priors)'),
    ]);
  });

  it('is no second error when its pool is malformed or unknown', () => {
    expect(errors(policy(BARE.replace('contextWindow: 9', 'contextWindow: x'), 'knowing', '[a]'))).toHaveLength(1);
    expect(errors(policy(WITH_CARDS, 'knowing', '[a, zzz]'))).toHaveLength(1);
  });
});

describe('a card that cannot be used', () => {
  it.each([
    ['{}', '"overall" is missing (at pools.a.quality)'],
    ['{ code: 0.5 }', '"overall" is missing (at pools.a.quality)'],
    ['{ overall: 1.5 }', 'must be <= 1, found 1.5 (at pools.a.quality.overall)'],
    ['{ overall: .nan }', 'must be number, found NaN (at pools.a.quality.overall)'],
    ['{ overall: 0.5, code: -1 }', 'must be >= 0, found -1 (at pools.a.quality.code)'],
    ['0.7', 'must be object, found 0.7 (at pools.a.quality)'],
    ['{ overall: 0.5, maths: 1 }', 'unknown topic "maths", near math; expected overall or one of code, '],
    ['{ overall: 0.5, unknown: 1 }', 'unknown topic "unknown"; expected overall or one of code, '],
  ])('%s', (card, message) => {
    const found = errors(policy(pool('a', `, quality: ${card}`) + pool('b', ', quality: { overall: 1 }'), 'knowing'));
    expect(found).toEqual([expect.stringContaining(message)]);
    expect(found[0]).toMatch(/^p\.yaml:3:\d+: error: /);
  });
});
