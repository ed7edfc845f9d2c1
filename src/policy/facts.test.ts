// What a condition can ask, and what it hears.
import { describe, expect, it } from 'vitest';
import { TOPICS, type Workload } from '../workload/index.ts';
import { compileCondition, FACTS, readFacts } from './facts.ts';

const workload: Workload = {
  operation: 'chat',
  kind: 'agent',
  requestedModel: 'auto',
  stream: true,
  tokens: { input: 7_999, maxOutput: 512 },
  topic: { topic: 'code', confidence: 0.75, probabilities: new Float32Array(TOPICS.length + 1) },
  turns: 2,
  messages: 5,
  roles: { system: 1, user: 2, assistant: 1, tool: 1 },
  tools: ['search', 'calculator'],
  toolResults: 1,
  toolFailures: 0,
  images: 1,
  wantsJson: false,
  reasoningEffort: undefined,
  system: '0badcafe',
  session: 's-1',
  slo: undefined,
  tags: {},
  context: Float32Array.of(1),
};

function ask(source: string, change: Partial<Workload> = {}): unknown {
  const condition = compileCondition(source);
  if (condition.kind === 'invalid') throw new Error(condition.message);
  return condition.test(readFacts({ ...workload, ...change }));
}

describe('conditions', () => {
  it.each([
    ['topic == "code"', { topic: { ...workload.topic, topic: 'law' } }],
    ['topic_confidence > 0.7', { topic: { ...workload.topic, confidence: 0.6 } }],
    ['kind == "agent"', { kind: 'chat' }],
    ['model == "auto"', { requestedModel: 'careful' }],
    ['tokens.input < 8000', { tokens: { input: 8_000, maxOutput: 512 } }],
    ['tokens.max_output == 512', { tokens: { input: 1, maxOutput: undefined } }],
    ['turns > 1', { turns: 1 }],
    ['messages >= 5', { messages: 4 }],
    ['"search" in tools', { tools: ['other'] }],
    ['images > 0', { images: 0 }],
    ['stream', { stream: false }],
    ['!json', { wantsJson: true }],
    ['system == "0badcafe"', { system: undefined }],
    ['session == "s-1"', { session: 's-2' }],
  ] as const)('%s holds, and turns with its fact', (source, change) => {
    expect(ask(source)).toBe(true);
    expect(ask(source, change as Partial<Workload>)).toBe(false);
  });

  it('has a case above for every fact', () => {
    expect(FACTS).toHaveLength(14);
  });

  it.each([
    ['topic == "code" && tokens.input < 8000', true],
    ['topic in ["math", "code"]', true],
    ['turns + images == 3', true],
    ['tools.exists(t, t.startsWith("calc"))', true],
    ['size(tools) == 3 || kind.matches("^ag")', true],
    ['tokens.max_output > 9007199254740993', false],
    ['json ? false : true', true],
  ])('%s: %s', (source, expected) => {
    expect(ask(source)).toBe(expected);
  });

  it('says 0 for no output limit and "" for no system prompt', () => {
    expect(ask('tokens.max_output == 0', { tokens: { input: 1, maxOutput: undefined } })).toBe(true);
    expect(ask('system == ""', { system: undefined })).toBe(true);
  });

  it('that cannot be told says why instead of throwing', () => {
    expect(ask('tools[7] == "x"')).toEqual({ failed: expect.stringMatching(/^[^\n]+$/) });
    expect(ask('1 / images == 1', { images: 0 })).toEqual({ failed: expect.any(String) });
  });

  it.each([
    ['topic == "x"', true],
    ['topic_confidence > 0.1', true],
    ['json', false],
  ])('%s needs the topic: %s', (source, topic) => {
    expect(compileCondition(source)).toMatchObject({ kind: 'condition', topic });
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
