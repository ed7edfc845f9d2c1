// What a condition can ask, and what it hears.
import { describe, expect, it } from 'vitest';
import { NO_SIGHT, TOPICS, type Workload } from '../workload/index.ts';
import { compileCondition } from './conditions.ts';
import { FACTS } from './facts.ts';
import { factReader } from './signals/request-facts.ts';
import type { Uses } from './signals/functions.ts';
import type { Facts } from './types.ts';

function probabilitiesOf(topic: (typeof TOPICS)[number]): Float32Array {
  return Float32Array.from({ length: TOPICS.length + 1 }, (_, k) =>
    TOPICS[k] === topic ? 0.75 : k === TOPICS.length ? 0.25 : 0,
  );
}

const workload: Workload = {
  operation: 'chat',
  kind: 'agent',
  requestedModel: 'auto',
  stream: true,
  tokens: { input: 7_999, maxOutput: 512 },
  topic: { topic: 'code', confidence: 0.75, probabilities: probabilitiesOf('code') },
  sight: {
    ...NO_SIGHT,
    task: { task: 'translate', confidence: 0.5, probabilities: new Float32Array(0) },
    difficulty: 0.875,
    asksFacts: 0.25,
    feedback: { feedback: 'wrong', confidence: 0.5, probabilities: new Float32Array(0) },
    reask: 0.75,
    language: 'de',
  },
  turns: 2,
  messages: 5,
  roles: { system: 1, user: 2, assistant: 3, tool: 4 },
  tools: ['search', 'calculator'],
  toolResults: 5,
  toolFailures: 1,
  images: 1,
  wantsJson: false,
  reasoningEffort: 'high',
  system: '0badcafe',
  session: 's-1',
  slo: { ttftMs: 500, tpotMs: 12.5, e2eMs: 9_000 },
  tags: { team: 'search' },
  caller: { name: 'alice', role: 'premium', tags: {} },
  context: Float32Array.of(1),
};

function ask(source: string, change: Partial<Workload> = {}): unknown {
  const condition = compileCondition(source);
  if (condition.kind === 'invalid') throw new Error(condition.message);
  return condition.test(see(condition.uses, { ...workload, ...change }));
}

function see({ facts, groups }: Pick<Uses, 'facts' | 'groups'>, of: Workload): Facts {
  const read = factReader({ needs: { facts, groups, calls: [] }, keywords: new Map(), topics: [], signals: new Map() });
  return read({ workload: of, texts: undefined, nearness: undefined });
}

describe('conditions', () => {
  it.each([
    ['topic == "code"', { topic: { ...workload.topic, topic: 'law' } }],
    ['topic_confidence > 0.7', { topic: { ...workload.topic, confidence: 0.6 } }],
    [
      'topic_p["code"] > 0.7 && topic_p["law"] + topic_p["unknown"] < 0.3',
      { topic: { ...workload.topic, probabilities: probabilitiesOf('law') } },
    ],
    ['topic_group == "code"', { topic: { ...workload.topic, probabilities: probabilitiesOf('physics') } }],
    ['task == "translate"', { sight: NO_SIGHT }],
    ['task_confidence < 0.9', { sight: NO_SIGHT }],
    ['difficulty > 0.8', { sight: NO_SIGHT }],
    ['asks_facts > 0.2', { sight: NO_SIGHT }],
    ['feedback == "wrong"', { sight: NO_SIGHT }],
    ['reask > 0.7', { sight: NO_SIGHT }],
    ['language == "de"', { sight: NO_SIGHT }],
    ['kind == "agent"', { kind: 'chat' }],
    ['model == "auto"', { requestedModel: 'careful' }],
    ['tokens.input < 8000', { tokens: { input: 8_000, maxOutput: 512 } }],
    ['tokens.max_output == 512', { tokens: { input: 1, maxOutput: undefined } }],
    ['turns > 1', { turns: 1 }],
    ['messages >= 5', { messages: 4 }],
    ['operation == "chat"', { operation: 'embedding' }],
    ['roles.system == 1', { roles: { ...workload.roles, system: 0 } }],
    ['roles.user == 2', { roles: { ...workload.roles, user: 0 } }],
    ['roles.assistant == 3', { roles: { ...workload.roles, assistant: 0 } }],
    ['roles.tool == 4', { roles: { ...workload.roles, tool: 0 } }],
    ['tool_results == 5', { toolResults: 0 }],
    ['tool_failures > 0', { toolFailures: 0 }],
    ['reasoning_effort == "high"', { reasoningEffort: undefined }],
    ['"team" in tags', { tags: { project: 'x' } }],
    ['slo.ttft_ms == 500', { slo: undefined }],
    ['slo.tpot_ms == 13', { slo: undefined }],
    ['slo.e2e_ms <= 9000.0 && slo.e2e_ms > 0', { slo: undefined }],
    ['"search" in tools', { tools: ['other'] }],
    ['images > 0', { images: 0 }],
    ['stream', { stream: false }],
    ['!json', { wantsJson: true }],
    ['system == "0badcafe"', { system: undefined }],
    ['session == "s-1"', { session: 's-2' }],
    ['caller == "alice"', { caller: undefined }],
    ['caller_role == "premium"', { caller: { name: 'alice', role: '', tags: {} } }],
  ] as const)('%s holds, and turns with its fact', (source, change) => {
    expect(ask(source)).toBe(true);
    expect(ask(source, change as Partial<Workload>)).toBe(false);
  });

  it('has a case above for every fact', () => {
    expect(FACTS).toHaveLength(37);
  });

  it.each([
    ['topic == "code" && tokens.input < 8000', true],
    ['topic in ["math", "code"]', true],
    ['turns + images == 3', true],
    ['tools.exists(t, t.startsWith("calc"))', true],
    ['size(tools) == 3 || kind.matches("^ag")', true],
    ['tokens.max_output > 9007199254740993', false],
    ['json ? false : true', true],
    ['has(tokens.input) && (tokens).input == 7999', true],
    ['has( slo.ttft_ms ) && tokens["input"] + (tokens)["max_output"] == 8511', true],
    ['tokens . input == 7999 && (tokens.input) + (tokens.input) == 15998', true],
    ['tools.exists(tokens, tokens == "search") && tokens.input > 0', true],
  ])('%s: %s', (source, expected) => {
    expect(ask(source)).toBe(expected);
  });

  it('says 0 for no output limit and "" for no system prompt', () => {
    expect(ask('tokens.max_output == 0', { tokens: { input: 1, maxOutput: undefined } })).toBe(true);
    expect(ask('system == ""', { system: undefined })).toBe(true);
  });

  it('can tell a tag that is missing from one of another value', () => {
    expect(ask('tags["team"] == "search"')).toBe(true);
    expect(ask('"team" in tags && tags["team"] == "x"', { tags: {} })).toBe(false);
    expect(ask('tags["team"] == "x"', { tags: {} })).toEqual({ failed: 'No such key: team' });
    expect(ask('"constructor" in tags || "__proto__" in tags')).toBe(false);
  });

  it('reads from a request only what is asked, and when it is asked', () => {
    const read: (string | symbol)[] = [];
    const watched = new Proxy(workload, {
      get: (target, key) => {
        read.push(key);
        return Reflect.get(target, key) as unknown;
      },
    });
    const condition = compileCondition('json || roles.tool == 4 || slo.e2e_ms > 1');
    if (condition.kind === 'invalid') throw new Error(condition.message);
    const facts = see(condition.uses, watched);
    expect(read).toEqual([]);
    expect(condition.test(facts)).toBe(true);
    // The third is never asked: the second is true.
    expect(read).toEqual(['wantsJson', 'roles']);
    expect(facts['slo__e2e_ms']).toBe(9_000n);
    expect(facts['session']).toBeUndefined();
  });

  it('that cannot be told says why instead of throwing', () => {
    expect(ask('tools[7] == "x"')).toEqual({ failed: expect.stringMatching(/^[^\n]+$/) });
    expect(ask('1 / images == 1', { images: 0 })).toEqual({ failed: expect.any(String) });
  });

  it.each([
    ['topic == "x"', ['topic']],
    ['topic_confidence > 0.1 || json', ['topic_confidence', 'json']],
    ['model == "topic"', ['model']],
    ['tokens.input > 5', ['tokens.input']],
    ['has(tokens.input) && tokens["max_output"] > 5', ['tokens.input', 'tokens.max_output']],
    ['tools.exists(t, t == session) ? stream : slo.e2e_ms > 1', ['tools', 'session', 'stream', 'slo.e2e_ms']],
    ['tags.team == "x" || "y" in tags', ['tags']],
    ['true', []],
  ])('%s asks %j', (source, facts) => {
    expect(compileCondition(source)).toMatchObject({ kind: 'condition', uses: { facts } });
  });

  it.each([
    ['', 0],
    ['json &&', 7],
    ['json && foo', 8],
    ['json && tokens.foo > 1', 15],
    ['turns', 0],
    ['topic == 3', 0],
    ['"open', 0],
  ])('%j is refused at offset %d', (source, at) => {
    expect(compileCondition(source)).toMatchObject({ kind: 'invalid', at });
  });

  it('is bounded in size', () => {
    expect(compileCondition(Array.from({ length: 1_500 }, () => 'json').join(' && ')).kind).toBe('invalid');
  });
});
