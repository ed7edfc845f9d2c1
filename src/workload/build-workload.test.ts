// Requests of every shape -> what is seen of them.
import { anything, array, assert, constantFrom, oneof, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { createStaticEmbedder } from '../embedding/index.ts';
import { buildWorkload, messageText } from './build-workload.ts';
import { CONTEXT_DIMENSIONS } from './context.ts';
import { loadTopicClassifier, TOPICS } from './topic.ts';
import type { ChatBody, ChatMessage, Workload } from './types.ts';

function see(body: Partial<ChatBody>, session?: string, eyes?: Parameters<typeof buildWorkload>[1]): Workload {
  const whole: ChatBody = { model: 'auto', messages: [{ role: 'user', content: 'Hello' }], ...body };
  return buildWorkload({ body: whole, bytes: Buffer.alloc(0), session }, eyes);
}

const user = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content: content ?? null });
const search = { type: 'function', function: { name: 'search', parameters: {} } };
const call: ChatMessage = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', function: { name: 'search', arguments: '{}' } }],
};
const result: ChatMessage = { role: 'tool', content: '42', tool_call_id: 'c' };
const image = { type: 'image_url', image_url: { url: 'https://x/y.png' } };

describe('kind', () => {
  it.each([
    ['a question', [user('hi')], [], 'chat'],
    ['no tools at all', [user('hi')], null, 'chat'],
    ['tools on offer', [user('hi')], [search], 'agent'],
    ['a tool’s result', [user('hi'), call, result], [search], 'tool-loop'],
    ['a tool’s result, tools no longer on offer', [user('hi'), call, result], undefined, 'tool-loop'],
    ['a call that waits', [user('hi'), call], [search], 'tool-loop'],
    ['an answer to go on from', [user('hi'), { role: 'assistant', content: 'I' }], [], 'chat'],
    ['an empty list of calls', [user('hi'), { role: 'assistant', content: 'I', tool_calls: [] }], [], 'chat'],
    ['a new question after a tool', [user('hi'), call, result, user('and now?')], [search], 'agent'],
  ] as const)('%s', (_name, messages, tools, kind) => {
    expect(see({ messages, ...(tools === undefined ? {} : { tools }) }).kind).toBe(kind);
  });
});

describe('counts', () => {
  it('user messages, all messages, images', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      user([{ type: 'text', text: 'a' }, image, image]),
      call,
      result,
      user([image]),
    ];
    expect(see({ messages })).toMatchObject({ turns: 2, messages: 5, images: 3 });
  });

  it('names the tools, in every shape that callers send', () => {
    const tools = [search, { type: 'custom', name: 'calc' }, { type: 'x' }, null, 'text', { function: { name: 7 } }];
    expect(see({ tools }).tools).toEqual(['search', 'calc', '', '', '', '']);
    expect(see({ tools: null }).tools).toEqual([]);
  });

  it('streams only when asked', () => {
    expect([see({ stream: true }).stream, see({ stream: null }).stream, see({}).stream]).toEqual([true, false, false]);
  });

  it.each([
    [{ type: 'json_object' }, true],
    [{ type: 'json_schema', json_schema: {} }, true],
    [{ type: 'text' }, false],
    [{}, false],
    [null, false],
  ])('response_format %j wants JSON: %s', (response_format, wantsJson) => {
    expect(see({ response_format }).wantsJson).toBe(wantsJson);
  });
});

describe('tokens', () => {
  it.each<[string, Partial<ChatBody>, number]>([
    ['a quarter of the bytes, rounded up, and 4 a message', { messages: [user('x'.repeat(41))] }, 11 + 4],
    ['bytes, not characters', { messages: [user('é'.repeat(8))] }, 4 + 4],
    [
      'every message counts',
      { messages: [user('abcd'), { role: 'assistant', content: 'abcd' }, user('abcd')] },
      3 + 12,
    ],
    ['an image', { messages: [user([image])] }, 4 + 765],
    ['no text at all', { messages: [user(null)] }, 4],
  ])('%s', (_name, body, expected) => {
    expect(see(body).tokens.input).toBe(expected);
  });

  it('count the definitions of tools and the arguments of calls', () => {
    const plain = see({}).tokens.input;
    expect(see({ tools: [search] }).tokens.input).toBe(
      plain + Math.ceil((5 + JSON.stringify([search]).length) / 4) - 2,
    );
    const long = { ...call, tool_calls: [{ function: { name: 'write', arguments: 'x'.repeat(4_000) } }] };
    expect(see({ messages: [user('hi'), long] }).tokens.input).toBeGreaterThan(1_000);
  });

  it.each([
    [{ max_tokens: 10 }, 10],
    [{ max_completion_tokens: 20 }, 20],
    [{ max_tokens: 10, max_completion_tokens: 20 }, 20],
    [{ max_tokens: 10, max_completion_tokens: null }, 10],
    [{ max_tokens: null }, undefined],
    [{}, undefined],
  ])('of the answer: %j limit it to %s', (body, expected) => {
    expect(see(body).tokens.maxOutput).toBe(expected);
  });
});

describe('system prompt and session', () => {
  const system = (content: string, role = 'system'): ChatMessage => ({ role, content });

  it('fingerprints the system prompt, whatever it is called', () => {
    const prompt = see({ messages: [system('Be brief.'), user('hi')] }).system;
    expect(prompt).toBe(createHash('sha1').update('Be brief.').digest('hex').slice(0, 16));
    expect(see({ messages: [system('Be brief.', 'developer'), user('other')] }).system).toBe(prompt);
    expect(see({ messages: [system('Be long.'), user('hi')] }).system).not.toBe(prompt);
    expect(see({}).system).toBeUndefined();
    expect(see({ messages: [system(''), user('hi')] }).system).toBeUndefined();
  });

  it('takes the caller’s session before the cache key before the beginning of the conversation', () => {
    expect(see({ prompt_cache_key: 'cache' }, 'mine').session).toBe('mine');
    expect(see({ prompt_cache_key: 'cache' }).session).toBe('cache');
    expect(see({ prompt_cache_key: null }).session).toMatch(/^[0-9a-f]{16}$/);
  });

  it('keeps a conversation together as it grows, and tells others apart', () => {
    const first = see({ messages: [system('s'), user('hi')] }).session;
    expect(
      see({ messages: [system('s'), user('hi'), { role: 'assistant', content: 'yes' }, user('and?')] }).session,
    ).toBe(first);
    expect(see({ messages: [system('s'), user('hello')] }).session).not.toBe(first);
    expect(see({ messages: [system('t'), user('hi')] }).session).not.toBe(first);
  });
});

describe('text', () => {
  it.each<[string, unknown, string]>([
    ['a string', 'a', 'a'],
    ['parts, joined by new lines', [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }], 'a\nb'],
    [
      'empty parts',
      [
        { type: 'text', text: '' },
        { type: 'text', text: 'b' },
      ],
      'b',
    ],
    ['no parts', [], ''],
    ['null', null, ''],
    ['absent', undefined, ''],
    ['null among the parts', [null, { type: 'text', text: 'a' }], 'a'],
    ['a text that is none', [{ type: 'text', text: 7 }], ''],
    ['lone surrogates', 'a\ud800b', 'a\ud800b'],
  ])('%s', (_name, content, expected) => {
    expect(messageText({ role: 'user', content } as ChatMessage)).toBe(expected);
  });
});

describe('topic', () => {
  const eyes = { embedder: createStaticEmbedder(), classifier: loadTopicClassifier() };

  it('is unknown without eyes', () => {
    const { topic, context } = see({});
    expect([topic.topic, topic.confidence, topic.probabilities.at(-1)]).toEqual(['unknown', 1, 1]);
    expect([context[0], context[CONTEXT_DIMENSIONS - 1]]).toEqual([1, 1]);
  });

  it('is that of the last user message, in parts or whole, also after a tool', () => {
    const code = 'Write a Python function that reverses a string';
    const law = 'Can a tenant be evicted without notice?';
    expect(see({ messages: [user(law), user(code)] }, undefined, eyes).topic.topic).toBe('code');
    expect(
      see({ messages: [user(code), user([image, { type: 'text', text: law }])] }, undefined, eyes).topic.topic,
    ).toBe('law');
    expect(see({ messages: [user(code), call, result] }, undefined, eyes).topic.topic).toBe('code');
    expect(see({ messages: [user(null)] }, undefined, eyes).topic.topic).toBe('unknown');
  });

  it('survives any content, with a sound workload', () => {
    const content = oneof(
      string({ unit: 'binary' }),
      constantFrom(null, '\ud800', '\udc00x', ''),
      array(
        oneof(
          constantFrom(image, null, {}),
          record({ type: constantFrom('text'), text: string({ unit: 'binary' }) }),
          anything(),
        ),
      ),
    );
    const message = record({ role: constantFrom('user', 'system', 'assistant', 'tool'), content });
    assert(
      property(array(message, { minLength: 1, maxLength: 5 }), (messages) => {
        const seen = see({ messages: messages as ChatMessage[] }, undefined, eyes);
        expect(Number.isSafeInteger(seen.tokens.input) && seen.tokens.input >= 4 * messages.length).toBe(true);
        expect(seen.context).toHaveLength(CONTEXT_DIMENSIONS);
        expect(seen.context.filter((x) => x !== 0).length).toBeLessThanOrEqual(4);
        expect(seen.context.every((x) => Number.isFinite(x) && x >= 0)).toBe(true);
        expect(seen.topic.probabilities).toHaveLength(TOPICS.length + 1);
      }),
    );
  });
});
