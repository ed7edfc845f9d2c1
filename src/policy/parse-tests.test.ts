// A policy's tests from YAML: what is wrong with them is said where it stands; no text breaks the parser.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { formatDiagnostic } from './document.ts';
import { parsePolicyTests } from './parse-tests.ts';
import type { Plan } from './types.ts';

const POLICY = `version: 1
pools:
  small: { model: m, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 1, outputPerMTok: 2 }, contextWindow: 9 }
aliases: { auto: r }
routes: [{ name: r, candidates: [small] }]
`;

function planOf(source: string): Plan {
  const compiled = compilePolicy(source, 'p', { strategies: {}, simProfiles: [] });
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  return compiled.plan;
}

const plan = planOf(POLICY.replace('[{ name: r, candidates: [small] }]', '[]').replace('aliases: { auto: r }\n', ''));
const routed: Plan = {
  ...plan,
  routes: [
    {
      name: 'r',
      when: undefined,
      candidates: ['small'],
      fallbacks: undefined,
      strategy: { kind: 'fixed', options: {} },
      timeouts: plan.timeouts,
    },
  ],
};

function wrong(source: string): string[] {
  const parsed = parsePolicyTests(source, 't.yaml', routed);
  return parsed.kind === 'invalid' ? parsed.diagnostics.map(formatDiagnostic) : [];
}

/** A test with one line more, or in place of its expectation. */
const withLine = (line: string): string => `tests:\n  - name: a\n    chat: Hi\n    ${line}\n    expect: { route: r }\n`;
const expecting = (expectation: string): string => `tests:\n  - name: a\n    chat: Hi\n    expect: ${expectation}\n`;

describe('parsePolicyTests', () => {
  it('takes tests as they are written', () => {
    const parsed = parsePolicyTests(withLine('given: { unhealthy: [small], facts: { tokens.input: 5 } }'), 't', routed);
    expect(parsed).toMatchObject({
      kind: 'tests',
      tests: [{ name: 'a', chat: 'Hi', given: { unhealthy: ['small'], facts: { 'tokens.input': 5 } } }],
    });
  });

  it.each([
    ['', '1:1: error: must be object, found null'],
    ['tests: []', '1:8: error: must not have fewer than 1 items, found [] (at tests)'],
    ['tests: [', '1:9: error: not valid YAML: '],
    ['test: []', '1:1: error: "tests" is missing'],
    [withLine('operatoin: chat'), '4:5: error: unknown key "operatoin", expected one of name, chat, request,'],
    [withLine('operation: image'), '4:16: error: expected one of chat, completion, embedding, found "image"'],
    [withLine('operation: embedding'), '4:16: error: `chat` is a chat; write the embedding as a `request`'],
    [withLine('request: {}'), '2:5: error: expected `chat` or `request`, one of the two (at tests[0])'],
    [withLine('headers: { X-Upper: a }'), '4:16: error: "X-Upper" is not a valid name'],
    [withLine('given: { unhealthy: [smal] }'), '4:26: error: unknown pool "smal", expected one of small'],
    [withLine('given: { observed: { smal: {} } }'), '4:26: error: unknown pool "smal", expected one of small'],
    [withLine('given: { learned: [{ pool: x, score: 1 }] }'), '4:32: error: unknown pool "x", expected one of small'],
    [withLine('given: { learned: [{ pool: small, score: 2 }] }'), '4:46: error: must be <= 1, found 2'],
    [withLine('given: { draw: 1 }'), '4:20: error: must be < 1, found 1'],
    [withLine('given: { facts: { topik: x } }'), '4:23: error: unknown fact "topik", expected one of topic,'],
    [withLine('given: { facts: { topic: 3 } }'), '4:30: error: "topic" is of type string, found 3'],
    [withLine('given: { facts: { turns: 1.5 } }'), '4:30: error: "turns" is of type int, found 1.5'],
    [withLine('given: { facts: { json: "yes" } }'), '4:29: error: "json" is of type bool, found "yes"'],
    [withLine('given: { facts: { tools: [1] } }'), '4:30: error: "tools" is of type list<string>, found [1]'],
    [withLine('given: { facts: { tags: [a] } }'), '4:29: error: "tags" is of type map<string, string>, found'],
    [withLine('given: { facts: { topic_confidence: .nan } }'), '4:41: error: "topic_confidence" is of type double'],
    [expecting('{}'), '4:13: error: must not have fewer than 1 properties, found {} (at tests[0].expect)'],
    [expecting('{ excluded: {} }'), '4:25: error: must not have fewer than 1 properties, found {}'],
    [expecting('{ route: q }'), '4:22: error: unknown route "q", expected one of r, (direct)'],
    [expecting('{ arm: q }'), '4:20: error: unknown pool "q", expected one of small'],
    [expecting('{ arm: [small, q] }'), '4:28: error: unknown pool "q", expected one of small'],
    [expecting('{ arm: 3 }'), '4:20: error: expected a string or a array, found 3'],
    [expecting('{ stages: [q] }'), '4:24: error: unknown pool "q"'],
    [expecting('{ fallbacks: [q] }'), '4:27: error: unknown pool "q"'],
    [expecting('{ eligible: [q] }'), '4:26: error: unknown pool "q"'],
    [expecting('{ excluded: { q: x } }'), '4:27: error: unknown pool "q"'],
    [expecting('{ propensity: { q: { min: 1 } } }'), '4:29: error: unknown pool "q"'],
    [expecting('{ passedOver: { q: x } }'), '4:29: error: unknown route "q"'],
    [expecting('{ confined: [q] }'), '4:26: error: unknown rule of confinement "q", there is none'],
    [expecting('{ error: OOPS }'), '4:22: error: must match pattern'],
    [expecting('{ route: r, error: SLUICE_X }'), '4:32: error: a request that is refused has no route'],
    [
      `${expecting('{ route: r }')}  - { name: a, chat: x, expect: { route: r } }\n`,
      '5:13: error: a second test is named',
    ],
  ])('%j', (source, expected) => {
    expect(wrong(source)[0]).toContain(`t.yaml:${expected}`);
  });

  it('says everything at once, as it stands in the text', () => {
    const found = wrong(
      `tests:\n  - { name: a, expect: { route: x } }\n  - { name: a, chat: Hi, expect: { arm: y } }\n`,
    );
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      't.yaml:2:5:',
      't.yaml:2:33:',
      't.yaml:3:13:',
      't.yaml:3:41:',
    ]);
  });

  it('of any value is tests or errors with places', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.constantFrom('name', 'expect', 'given')),
        fc.nat(200),
        (piece, at) => {
          const source = withLine('given: { unhealthy: [small], facts: { topic: law } }');
          const text = source.slice(0, at) + piece + source.slice(at + piece.length);
          const parsed = parsePolicyTests(text, 't', routed);
          if (parsed.kind === 'tests') return;
          expect(parsed.diagnostics.length).toBeGreaterThan(0);
          for (const { line, column } of parsed.diagnostics) expect(Math.min(line, column)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
