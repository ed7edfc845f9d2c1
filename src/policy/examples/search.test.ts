// The search for examples: what it finds holds, what it says can never hold is never held by a random request.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../../base/fixtures/quickest.ts';
import { compilePolicy } from '../compile-policy.ts';
import { compileCondition } from '../conditions.ts';
import { createLanguage } from '../signals/language.ts';
import type { Want } from './normal-form.ts';
import { factsOf } from './example-facts.ts';
import { referencesOf } from './references.ts';
import { findExample, type Demand, type Example, type Search } from './search.ts';
import { showExample } from './show.ts';
import { worldOf, type World } from './world.ts';

const POLICY = `version: 1
pools: { small: { model: m, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 9 } }
keywords: { legal: { any: [gdpr] } }
signals:
  red: { value: 'tags["team"] == "red"', default: true }
  long: { value: tokens.input > 8000, default: false }
  heavy: { value: signals.long || images > 2, default: false }
  weight: { value: turns + images, default: 0 }
`;
const WORLD = worldOfPolicy(POLICY);

function worldOfPolicy(source: string): World {
  const compiled = compilePolicy(source, 'p', { strategies: {}, simProfiles: [] });
  if (compiled.kind === 'invalid') throw new Error(JSON.stringify(compiled.diagnostics));
  const { plan } = compiled;
  const types = new Map([...plan.signals].map(([name, { type }]) => [name, type]));
  const language = createLanguage({ keywords: [...plan.keywords.keys()], topics: [], signals: types });
  return worldOf(plan, language);
}

function demand(source: string, want: Want = 'true'): Demand {
  return { ast: WORLD.language.written.parse(source).ast, want };
}

function find(...sources: readonly string[]): Search {
  return findExample(
    sources.map((source) => demand(source)),
    WORLD,
  );
}

/** What the condition as a whole says of an example. */
function told(source: string, example: Example): unknown {
  const compiled = compileCondition(source, WORLD.language);
  if (compiled.kind === 'invalid') throw new Error(compiled.message);
  const { ast } = demand(source);
  const asked = [...referencesOf(ast, WORLD).variables.values()];
  return compiled.test(
    factsOf(
      asked,
      asked.map(({ name }) => example.get(name)),
      [...WORLD.signals.keys()],
      WORLD,
    ),
  );
}

describe('an example is found', () => {
  it.each([
    'topic == "law" && topic_confidence > 0.7',
    'tokens.input > 8000 && tokens.input < 8002',
    'tokens.input + tokens.max_output > 9000',
    '"search" in tools && !("shell" in tools) && size(tools) == 3',
    '"team" in tags && tags["team"] != "red" && tags.zone == "here"',
    '"a" in tools && "b" in tools && !("c" in tools)',
    'tools.exists(t, t.startsWith("calc")) || kind == "agent"',
    'json ? stream : images > 2',
    '!(json || stream) && !(topic in ["law", "code"])',
    'kind.matches("^tool") && tool_failures >= 3 && tool_results < 4',
    'slo.e2e_ms <= 9000.0 && slo.e2e_ms > 0',
    'messages == 10 && roles.user == 4 && roles.assistant == 4 && roles.system == 1',
    'session == "a" || session == "b"',
    'operation == "embedding" && kind == "embedding" && tools == []',
    'topic_confidence > 0.2 && topic_confidence < 0.21',
    '-1 < turns && model == "small"',
    'topic_p["law"] + topic_p["health"] > 0.3 && topic_p["law"] < 0.2',
    'true',
    'keywords("legal") && keyword_count("legal") == 3',
    'signals.heavy && !signals.long',
    'signals.red && !("team" in tags)',
    'signals.weight == 7 && signals.heavy',
    'has(tokens.input) && tokens["max_output"] > 5',
  ])('for %s', (source) => {
    const search = find(source);
    if (search.kind === 'none') throw new Error(`none in ${search.tried}`);
    expect(told(source, search.example), showExample(WORLD, search.example)).toBe(true);
  });

  it.each([
    ['false', 'json && topic == "law"'],
    ['not-true', 'json && topic == "law"'],
    ['not-true', 'tags["team"] == "red"'],
    ['not-true', '!json || !stream'],
    ['false', '!(json || stream)'],
  ] as const)('%s: %s', (want, source) => {
    const search = findExample([demand(source, want)], WORLD);
    if (search.kind === 'none') throw new Error(`none in ${search.tried}`);
    expect(told(source, search.example)).toEqual(want === 'false' ? false : expect.not.toSatisfy((v) => v === true));
  });

  it('of many routes above, none of which shall take it', () => {
    const above = Array.from({ length: 40 }, (_, i) =>
      demand(`(topic == "law" && turns > ${i}) || tags["t"] == "${i}"`, 'not-true'),
    );
    const search = findExample([...above, demand('topic == "law"')], WORLD);
    expect(search).toMatchObject({ kind: 'found' });
  });
});

describe('none is found', () => {
  it.each([
    ['topic == "law" && topic == "code"', true],
    ['tokens.input > 5 && tokens.input < 3', true],
    ['topic == "medicine"', true],
    ['kind == "embedding" && stream', true],
    ['operation == "completion" && kind == "agent"', true],
    ['tool_failures > 2 && tool_results < 2', true],
    ['"a" in tools && !("a" in tools)', true],
    ['"team" in tags && !("team" in tags)', true],
    ['topic_confidence > 1.0', true],
    ['messages < 3 && roles.user > 1 && roles.assistant > 1', true],
    ['json && (topic == "law" || images > 0) && !json', true],
    ['false', true],
    ['signals.long && tokens.input < 100', true],
    ['!signals.heavy && images == 3', true],
    ['keywords("legal") && !keywords("legal")', true],
    ['topic_p["law"] > 0.6 && topic_p["law"] < 0.2', true],
    ['keyword_count("legal") > 2 && keyword_count("legal") < 2', true],
    ['task == "code" && task == "write"', true],
    ['signals.weight > 5 && signals.weight < 5', false],
    ['size(tools) > 2 && size(tools) < 2', false],
    ['session.startsWith("x") && session == "y"', false],
    ['tokens.input * 2 == 7', false],
  ])('for %s; proved: %s', (source, proved) => {
    expect(find(source)).toMatchObject({ kind: 'none', proved, tried: expect.toSatisfy((n: number) => n > 0) });
  });

  it('for conditions that hold alone and not together', () => {
    expect(find('turns > 3', 'turns < 3')).toMatchObject({ kind: 'none', proved: true });
    expect(find('turns > 3', 'turns < 5')).toMatchObject({ kind: 'found' });
  });
});

it('is bounded: what has more values than can be tried says how many were', () => {
  const facts = [
    'turns',
    'images',
    'messages',
    'tokens.input',
    'tokens.max_output',
    'slo.ttft_ms',
    'slo.e2e_ms',
    'slo.tpot_ms',
  ];
  const source = `${facts.join(' + ')} == 123457`;
  expect(find(source)).toMatchObject({ kind: 'none', proved: false, tried: 4_300 });
  expect(find(source)).toEqual(find(source));
  expect(quickestMs(() => find(source), 3)).toBeLessThan(5_000);
});

it('shows the facts of the conditions in question', () => {
  const search = find('topic == "law" && tokens.input > 8000 && tags["team"] == "red" && !("zone" in tags)', 'json');
  if (search.kind === 'none') throw new Error('none');
  const { ast } = demand('topic == "law" && tokens.input > 8000 && tags["team"] == "red" && "zone" in tags');
  expect(showExample(WORLD, search.example, ast)).toBe('{ tags["team"]: "red", tokens.input: 8001, topic: "law" }');
  expect(showExample(WORLD, search.example)).toBe('any request');
});

describe('of random conditions', () => {
  const atom = fc.constantFrom(
    'json',
    'stream',
    'topic == "law"',
    'topic == "code"',
    'topic in ["law", "math"]',
    'kind == "agent"',
    'tokens.input > 100',
    'tokens.input < 100',
    'tokens.input == 101',
    'turns >= 2',
    'turns < 2',
    '"a" in tools',
    'size(tools) > 1',
    '"t" in tags',
    'tags["t"] == "x"',
    'topic_confidence > 0.5',
    'topic_confidence <= 0.5',
  );
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      atom,
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('condition').map((a) => `!${a.startsWith('(') ? a : `(${a})`}`),
    ),
  }));
  const example = fc.record({
    json: fc.boolean(),
    stream: fc.boolean(),
    topic: fc.constantFrom('law', 'code', 'math', 'unknown'),
    kind: fc.constantFrom('agent', 'tool-loop'),
    'tokens.input': fc.constantFrom(0n, 99n, 100n, 101n, 5_000n),
    turns: fc.constantFrom(0n, 1n, 2n, 3n),
    tools: fc.constantFrom(['a'], ['a', 'b'], ['b'], ['b', 'c', 'd']),
    'tags["t"]': fc.constantFrom(undefined, 'x', 'y'),
    topic_confidence: fc.constantFrom(0.1, 0.5, 0.9),
  });

  it('what is found holds for the whole, and what cannot hold holds for no request', () => {
    const counts = { found: 0, none: 0 };
    fc.assert(
      fc.property(condition, fc.array(example, { minLength: 30, maxLength: 30 }), (source, requests) => {
        const search = find(source);
        counts[search.kind]++;
        if (search.kind === 'found') expect(told(source, search.example)).toBe(true);
        else for (const request of requests) expect(told(source, new Map(Object.entries(request)))).not.toBe(true);
      }),
      { numRuns: 1_500, seed: 1 },
    );
    expect(Math.min(counts.found, counts.none)).toBeGreaterThan(20);
  });
});
