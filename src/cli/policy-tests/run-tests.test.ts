// A policy's tests as they are run: each expectation holds, and does not hold when it is turned.
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic, parsePolicyTests, type Plan } from '../../policy/index.ts';
import { STRATEGIES } from '../../router/index.ts';
import { runTests, type Report } from './run-tests.ts';

const POLICY = `version: 1
pools:
  small: { model: sim-8b, endpoints: ["http://127.0.0.1:9001/v1"], price: { inputPerMTok: 0.05, outputPerMTok: 0.08 }, contextWindow: 1000 }
  large: { model: sim-70b, endpoints: ["http://127.0.0.1:9002/v1"], price: { inputPerMTok: 0.6, outputPerMTok: 0.8 }, contextWindow: 4000 }
aliases: { auto: default, careful: careful }
topics: { refunds: { examples: [I want my money back, how do I get a refund, please cancel my order and pay me back] } }
signals: { angry: { value: 'similar("refunds") > 0.5', default: true } }
callers: { alice: { keyEnv: ALICE, role: staff } }
confine: [{ name: private, when: 'topic == "law"', pools: [large] }]
routes:
  - { name: careful, when: 'model == "careful"', strategy: { kind: cascade, stages: [small, large] } }
  - { name: quick, when: slo.ttft_ms > 0, candidates: [small, large], strategy: fastest }
  - { name: angry, when: signals.angry, candidates: [large] }
  - { name: json, when: 'json || tags["team"] == "red"', candidates: [small], fallbacks: [large] }
  - { name: default, candidates: [small, large], strategy: { kind: bandit, floor: 0.1 } }
`;

function planOf(source: string): Plan {
  const compiled = compilePolicy(source, 'p', { strategies: STRATEGIES, simProfiles: [] });
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  return compiled.plan;
}

const plan = planOf(POLICY);

async function run(...tests: readonly object[]): Promise<Report> {
  const named = tests.map((test, i) => ({ name: `test ${i}`, ...test }));
  const parsed = parsePolicyTests(JSON.stringify({ tests: named }, null, 1), 't.yaml', plan);
  if (parsed.kind === 'invalid') throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
  return runTests(plan, parsed);
}

const json = { request: { messages: [{ role: 'user', content: 'Hi' }], response_format: { type: 'json_object' } } };
const law = { chat: 'Hi', given: { facts: { topic: 'law' } } };
const careful = { chat: 'Hi', model: 'careful' };
const learned = [{ topic: 'code', pool: 'small', score: 0, times: 300 }];

describe('an expectation', () => {
  it.each([
    [json, { route: 'json' }, { route: 'default' }],
    [json, { strategy: 'fixed' }, { strategy: 'bandit' }],
    [json, { arm: 'small' }, { arm: 'large' }],
    [json, { arm: ['small', 'large'] }, { arm: ['large'] }],
    [json, { fallbacks: ['large'] }, { fallbacks: [] }],
    [json, { eligible: ['small'] }, { eligible: ['large', 'small'] }],
    [{ chat: 'Hi' }, { eligible: ['large', 'small'] }, { eligible: ['small'] }],
    [json, { passedOver: { careful: 'is false' } }, { passedOver: { careful: 'told' } }],
    [{ chat: 'Hi' }, { passedOver: { json: 'could not be told' } }, { passedOver: { default: 'x' } }],
    [careful, { stages: ['small', 'large'] }, { stages: ['large', 'small'] }],
    [law, { confined: ['private'], excluded: { small: 'confined to large' } }, { confined: [] }],
    [law, { arm: 'large', eligible: ['large'] }, { excluded: { large: 'x' } }],
    [json, { reasons: ['first eligible', 'json takes'] }, { reasons: ['cheapest'] }],
    [{ chat: 'Hi' }, { propensity: { small: { min: 0.05, max: 0.95 } } }, { propensity: { small: { min: 0.96 } } }],
    [{ chat: 'Hi' }, { propensity: { small: { min: 0.05 } } }, { propensity: { small: { max: 0.04 } } }],
    [json, { facts: { json: true, turns: 1 } }, { facts: { turns: 2 } }],
    [json, { facts: { 'tokens.max_output': 0 } }, { facts: { 'tokens.max_output': 1 } }],
    [{ ...json, caller: 'alice' }, { facts: { caller_role: 'staff' } }, { facts: { caller_role: '' } }],
    [{ ...law, model: 'small' }, { error: 'SLUICE_ROUTER_CONFINED' }, { arm: 'small' }],
    [{ chat: 'Hi', model: 'x' }, { error: 'SLUICE_ROUTER_MODEL_NOT_FOUND' }, { error: 'SLUICE_ROUTER_CONFINED' }],
    [json, { route: 'json' }, { error: 'SLUICE_ROUTER_CONFINED' }],
    [{ request: {} }, { error: 'SLUICE_GATEWAY_INVALID_FIELD' }, { route: 'default' }],
  ])('of %j: %j holds, %j does not', async (test, holds, fails) => {
    expect((await run({ ...test, expect: holds })).lines).toEqual([]);
    expect(await run({ ...test, expect: fails })).toMatchObject({ tests: 1, held: 0 });
  });
});

describe('what is given', () => {
  it.each([
    ['headers', { ...careful, model: 'auto', headers: { 'x-sluice-tags': 'team=red' } }, { route: 'json' }],
    ['a pool that is down', { ...json, given: { unhealthy: ['small'] } }, { arm: 'large', eligible: [] }],
    ['a topic, for strategies too', { chat: 'Hi', given: { facts: { topic: 'code' } } }, { reasons: ['on code'] }],
    ['tokens', { ...json, given: { facts: { 'tokens.input': 2000 } } }, { arm: 'large', excluded: { small: '2001' } }],
    ['facts', { chat: 'Hi', given: { facts: { json: true } } }, { route: 'json' }],
    ['feedback', { chat: 'Hi', given: { facts: { topic: 'code' }, learned } }, { propensity: { small: { max: 0.1 } } }],
    ['a draw', { chat: 'Hi', given: { draw: 0.999 } }, { arm: 'large' }],
    ['another draw', { chat: 'Hi', given: { draw: 0 } }, { arm: 'small' }],
    [
      'what was observed',
      {
        chat: 'Hi',
        headers: { 'x-sluice-slo': 'ttft=1s' },
        given: { observed: { small: { ttftMs: 900, tpotMs: 50 }, large: { ttftMs: 90, tpotMs: 5 } } },
      },
      { route: 'quick', arm: 'large' },
    ],
    ['an answer of a signal', { chat: 'Hi', given: { facts: { 'signals.angry': true } } }, { route: 'angry' }],
    [
      'nearness',
      { chat: 'Hi', given: { facts: { 'similar("refunds")': 0.9 } } },
      { route: 'angry', facts: { 'signals.angry': true } },
    ],
    ['nothing: nearness is seen', { chat: 'I want my money back, give me a refund' }, { route: 'angry' }],
    [
      'nothing: the language is seen',
      { chat: 'Pourquoi le ciel est-il bleu pendant la journée ?' },
      { facts: { language: 'fr' } },
    ],
    ['difficulty', { chat: 'Hi', given: { facts: { difficulty: 0.25 } } }, { facts: { difficulty: 0.25 } }],
    ['an embedding', { request: { input: 'Hi' }, operation: 'embedding' }, { facts: { operation: 'embedding' } }],
    ['a completion', { request: { prompt: ['a', 'b'] }, operation: 'completion' }, { facts: { kind: 'batch' } }],
    [
      'nothing: the topic is seen',
      { chat: 'Fix this SQL query: SELECT * FROM users WHERE' },
      { facts: { topic: 'code' } },
    ],
  ])('%s', async (_name, test, expectation) => {
    expect((await run({ ...test, expect: expectation })).lines).toEqual([]);
  });

  it('of one test is nothing to the next', async () => {
    const feedback = {
      chat: 'Hi',
      given: { learned: [{ pool: 'small', score: 0, times: 300 }] },
      expect: { route: 'default' },
    };
    const plain = { chat: 'Hi', expect: { propensity: { small: { min: 0.06 } } } };
    expect(await run(feedback, plain, plain)).toMatchObject({ tests: 3, held: 3 });
  });
});

it('says where, what was expected, what was found, and why', async () => {
  const { lines, tests, held } = await run(
    { ...json, expect: { arm: 'large', route: 'json' } },
    { ...json, expect: { arm: 'small' } },
  );
  expect([tests, held]).toEqual([2, 1]);
  expect(lines.slice(0, 4)).toEqual([
    't.yaml:17:12: failed: test 0 (at tests[0].expect.arm)',
    '  - arm: large',
    '  + arm: small',
    '  why:',
  ]);
  expect(lines.at(-1)).toBe('    fixed: small, first eligible candidate');
});
