// Requests of any size and content that pass the edge: never an error, counts that agree, bounded time.
import {
  anything,
  array,
  assert,
  boolean,
  constantFrom,
  dictionary,
  nat,
  oneof,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../base/fixtures/quickest.ts';
import { buildWorkload } from './build-workload.ts';
import { createTokenCalibration } from './token-calibration.ts';
import type { ChatBody, ChatMessage, Hints, InferenceRequest, Prompt, Workload } from './types.ts';

const hints: Hints = { session: undefined, slo: undefined, tags: {} };

function chatOf(body: object): InferenceRequest {
  return { operation: 'chat', body: body as ChatBody, bytes: Buffer.from(JSON.stringify(body)), hints };
}

function promptOf(operation: 'completion' | 'embedding', prompt: Prompt): InferenceRequest {
  const bytes = Buffer.alloc(0);
  return operation === 'completion'
    ? { operation, body: { model: 'm', prompt }, bytes, hints }
    : { operation, body: { model: 'm', input: prompt }, bytes, hints };
}

function expectSound(workload: Workload): void {
  const { roles, messages, toolFailures, toolResults, shape, tokens } = workload;
  expect(roles.system + roles.user + roles.assistant + roles.tool).toBeLessThanOrEqual(messages);
  expect(workload.turns).toBe(roles.user);
  expect(toolResults).toBe(roles.tool);
  expect(toolFailures).toBeLessThanOrEqual(toolResults);
  expect(Number.isSafeInteger(tokens.input) && tokens.input >= 0).toBe(true);
  expect(workload.session).not.toBe('');
  expect(Object.values(shape ?? {}).every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
  expect(shape?.words).toBeLessThanOrEqual(shape?.letters ?? 0);
  expect(shape?.numbers).toBeLessThanOrEqual(shape?.digits ?? 0);
  expect(shape?.markRuns).toBeLessThanOrEqual(shape?.marks ?? 0);
  const calibration = createTokenCalibration();
  calibration.observe(workload, 'm', 17);
  const estimate = calibration.inputTokens(workload, 'm');
  expect(Number.isSafeInteger(estimate) && estimate >= 0).toBe(true);
}

const text = string({ unit: 'binary', maxLength: 60 });
const part = oneof(
  record({ type: constantFrom('text', 'image_url', 'input_audio', 'odd') }),
  record({ type: constantFrom('text'), text }),
  dictionary(string(), anything(), { maxKeys: 3 }),
  constantFrom(null),
);
const message = record(
  {
    role: oneof(constantFrom('user', 'system', 'developer', 'assistant', 'tool', 'function'), string({ minLength: 1 })),
    content: oneof(text, constantFrom(null), array(part, { maxLength: 4 })),
    tool_calls: option(array(anything(), { maxLength: 3 })),
    function_call: anything(),
    is_error: oneof(boolean(), anything()),
  },
  { requiredKeys: ['role'] },
);
const body = record(
  {
    model: constantFrom('auto'),
    messages: array(message, { minLength: 1, maxLength: 6 }),
    tools: option(array(anything(), { maxLength: 3 })),
    functions: anything(),
    reasoning_effort: anything(),
    reasoning: anything(),
    service_tier: anything(),
    prompt_cache_key: option(string()),
  },
  { requiredKeys: ['model', 'messages'] },
);

describe('any request', () => {
  it('of a chat is seen', () => {
    assert(
      property(body, (any) => {
        // What JSON can carry of it.
        expectSound(buildWorkload(chatOf(JSON.parse(JSON.stringify(any)) as object), undefined));
      }),
    );
  });

  it('of a completion or an embedding is seen', () => {
    const prompt = oneof(
      text,
      array(text, { maxLength: 4 }),
      array(nat(), { maxLength: 9 }),
      array(array(nat()), { maxLength: 4 }),
    );
    assert(
      property(prompt, constantFrom('completion' as const, 'embedding' as const), (any, operation) => {
        expectSound(buildWorkload(promptOf(operation, any), undefined));
      }),
    );
  });
});

describe('a request of any size', () => {
  const user = (content: unknown): ChatMessage => ({ role: 'user', content }) as ChatMessage;
  /** 50 MB of a character, in one piece as the parser makes it: `repeat` leaves a tree. */
  const fifty = (character: string, encoding: 'latin1' | 'utf16le' = 'latin1'): string =>
    Buffer.alloc(50 * 1_024 * 1_024, character, encoding).toString(encoding);

  it.each<[string, () => readonly ChatMessage[], number]>([
    ['10,000 messages', () => Array.from({ length: 10_000 }, (_, i) => user(`message ${i}`)), 200],
    [
      '10,000 results of tools',
      () => Array.from({ length: 10_000 }, () => ({ role: 'tool', content: '{"error' })),
      200,
    ],
    ['50 MB of one letter', () => [user(fifty('a'))], 30],
    ['50 MB of brackets from a tool', () => [{ role: 'tool', content: fifty('{') }], 30],
    ['50 MB of lone surrogates', () => [user(fifty('\ud800', 'utf16le'))], 30],
    ['50 MB of an image', () => [user([{ type: 'image_url', image_url: { url: fifty('A') } }])], 30],
    ['100,000 parts', () => [user(Array.from({ length: 100_000 }, () => ({ type: 'text', text: 'x' })))], 200],
    [
      '100,000 keys of a part',
      () => [user([Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, 'v']))])],
      200,
    ],
  ])('takes bounded time: %s', (_name, make, limitMs) => {
    const messages = make();
    const request: InferenceRequest = {
      operation: 'chat',
      body: { model: 'auto', messages, tools: [{}] },
      bytes: Buffer.alloc(0),
      hints,
    };
    expectSound(buildWorkload(request, undefined));
    expect(quickestMs(() => expectSound(buildWorkload(request, undefined)))).toBeLessThan(limitMs);
  });
});
