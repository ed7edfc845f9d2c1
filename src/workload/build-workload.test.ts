// Requests of every shape -> what is seen of them.
import { anything, array, assert, constantFrom, oneof, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { buildWorkload } from './build-workload.ts';
import { CONTEXT_DIMENSIONS } from './context.ts';
import { messageText } from './message-text.ts';
import { loadClassifier } from './load-classifier.ts';
import { TOPICS } from './topics.ts';
import { bytesOf, call, idsOf, image, result, search, see, seeCompletion, seeEmbedding, user } from './fixtures/see.ts';
import type { ChatBody, ChatMessage, CompletionBody, Hints, Workload } from './types.ts';

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

  it.each<[string, Partial<ChatBody>, string]>([
    ['functions, as tools were called before', { functions: [{ name: 'search' }] }, 'agent'],
    [
      'a call of a function',
      { messages: [user('hi'), { role: 'assistant', function_call: { name: 'f', arguments: '{}' } }] },
      'tool-loop',
    ],
    ['a function’s result', { messages: [user('hi'), { role: 'function', name: 'f', content: '42' }] }, 'tool-loop'],
    ['a tier that waits', { service_tier: 'flex' }, 'batch'],
    ['a tier that waits long', { service_tier: 'batch', tools: [search] }, 'batch'],
    ['another tier', { service_tier: 'default' }, 'chat'],
    ['no tier', { service_tier: null }, 'chat'],
  ])('%s', (_name, body, kind) => {
    expect(see(body).kind).toBe(kind);
  });

  it.each<[string, Partial<CompletionBody>, string]>([
    ['one prompt', { prompt: 'a' }, 'completion'],
    ['a list of one', { prompt: ['a'] }, 'completion'],
    ['token ids', { prompt: [1, 2, 3] }, 'completion'],
    ['no prompts', { prompt: [] }, 'completion'],
    ['several prompts', { prompt: ['a', 'b'] }, 'batch'],
    ['several lists of token ids', { prompt: [[1], [2, 3]] }, 'batch'],
    ['a tier that waits', { prompt: 'a', service_tier: 'flex' }, 'batch'],
  ])('of a completion: %s', (_name, body, kind) => {
    expect(seeCompletion(body)).toMatchObject({ operation: 'completion', kind });
  });

  it('of embeddings is embedding, however many', () => {
    expect(seeEmbedding('a')).toMatchObject({ operation: 'embedding', kind: 'embedding', stream: false });
    expect(seeEmbedding(['a', 'b']).kind).toBe('embedding');
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
    expect(see({ messages })).toMatchObject({
      turns: 2,
      messages: 5,
      images: 3,
      roles: { system: 1, user: 2, assistant: 1, tool: 1 },
      toolResults: 1,
      toolFailures: 0,
    });
  });

  it('who speaks under other names', () => {
    const messages = ['developer', 'function', 'critic'].map((role) => ({ role, content: 'x' }));
    expect(see({ messages })).toMatchObject({ messages: 3, roles: { system: 1, user: 0, assistant: 0, tool: 1 } });
  });

  it('tools that failed', () => {
    const failure: ChatMessage = { role: 'tool', content: '{"error": "timeout"}', tool_call_id: 'c' };
    expect(see({ messages: [user('Error: mine'), call, failure, call, result, call, failure] })).toMatchObject({
      toolResults: 3,
      toolFailures: 2,
    });
  });

  it('prompts', () => {
    expect(seeCompletion({ prompt: ['a', 'b', 'c'] })).toMatchObject({
      turns: 3,
      messages: 3,
      roles: { system: 0, user: 3, assistant: 0, tool: 0 },
      tools: [],
      images: 0,
    });
    expect(seeEmbedding([[1], [2]]).messages).toBe(2);
    expect(seeEmbedding([1, 2]).messages).toBe(1);
  });

  it('images in every shape that callers send', () => {
    const parts = ['image_url', 'image', 'input_image', 'input_audio', 'file'].map((type) => ({ type }));
    expect(see({ messages: [user(parts)] }).images).toBe(3);
  });

  it('names the tools, in every shape that callers send', () => {
    const tools = [search, { type: 'custom', name: 'calc' }, { type: 'x' }, null, 'text', { function: { name: 7 } }];
    expect(see({ tools }).tools).toEqual(['search', 'calc', '', '', '', '']);
    expect(see({ tools: null }).tools).toEqual([]);
    expect(see({ tools: [search], functions: [{ name: 'old' }, null] }).tools).toEqual(['search', 'old', '']);
  });

  it.each<[Partial<ChatBody>, string | undefined]>([
    [{ reasoning_effort: 'high' }, 'high'],
    [{ reasoning: { effort: 'low' } }, 'low'],
    [{ reasoning_effort: 'high', reasoning: { effort: 'low' } }, 'high'],
    [{ reasoning_effort: null, reasoning: { effort: 'low' } }, 'low'],
    [{ reasoning: { effort: null } }, undefined],
    [{ reasoning: null }, undefined],
    [{}, undefined],
  ])('%j reasons with effort %s', (body, effort) => {
    expect(see(body).reasoningEffort).toBe(effort);
  });

  it('passes on what the caller says beside the body', () => {
    const hints: Hints = {
      session: 's',
      slo: { ttftMs: 300, tpotMs: undefined, e2eMs: undefined },
      tags: { team: 'search' },
    };
    const body: ChatBody = { model: 'auto', messages: [user('hi')] };
    expect(buildWorkload({ operation: 'chat', body, bytes: bytesOf(body), hints }, undefined)).toMatchObject(hints);
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

  it('reads no more than the beginning, but minds the length', () => {
    const long = 'x'.repeat(5_000);
    const of = (text: string): Workload => see({ messages: [system(text), user(text)] });
    expect(of(`${long}a`).system).toBe(of(`${long}b`).system);
    expect(of(`${long}a`).session).toBe(of(`${long}b`).session);
    expect(of(`${long}a`).system).not.toBe(of(`${long}aa`).system);
    expect(see({ messages: [system('s'), user(`${long}a`)] }).session).not.toBe(
      see({ messages: [system('s'), user(`${long}aa`)] }).session,
    );
  });

  it('takes several system prompts, and parts, as one', () => {
    const parts = [{ type: 'text', text: 'Be ' }];
    const split = see({ messages: [{ role: 'system', content: parts }, system('brief.', 'developer')] });
    expect(split.system).toBe(see({ messages: [system('Be brief.')] }).system);
  });

  it.each<[string, (text: string) => Workload]>([
    ['a completion', (text) => seeCompletion({ prompt: text })],
    ['the first of several prompts', (text) => seeCompletion({ prompt: [text, 'same'] })],
    ['an embedding', (text) => seeEmbedding(text)],
    ['token ids', (text) => seeCompletion({ prompt: idsOf(text) })],
    ['lists of token ids', (text) => seeCompletion({ prompt: [idsOf(text), [1]] })],
  ])('of %s is how it begins', (_name, of) => {
    expect(of('some text').session).toMatch(/^[0-9a-f]{16}$/);
    expect(of('some text').session).toBe(of('some text').session);
    expect(of('some text').session).not.toBe(of('some test').session);
  });

  it('of a completion may be named as well', () => {
    expect(seeCompletion({ prompt_cache_key: 'mine' }).session).toBe('mine');
    expect(seeCompletion({ prompt_cache_key: '' }).session).toMatch(/^[0-9a-f]{16}$/);
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
    expect(messageText({ role: 'user', content } as ChatMessage, 2)).toBe(expected.slice(0, 2));
  });
});

describe('topic', () => {
  const eyes = { classifier: loadClassifier() };

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

  it('is that of the prompt, or of the first of several', () => {
    const code = 'Write a Python function that reverses a string';
    const law = 'Can a tenant be evicted without notice?';
    expect(seeCompletion({ prompt: code }, eyes).topic.topic).toBe('code');
    expect(seeCompletion({ prompt: [law, code] }, eyes).topic.topic).toBe('law');
    expect(seeEmbedding(law, eyes).topic.topic).toBe('law');
    expect(seeEmbedding([code], eyes).topic.topic).toBe('code');
    expect(seeEmbedding([1, 2, 3], eyes).topic.topic).toBe('unknown');
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
        expect(Number.isSafeInteger(seen.tokens.input) && seen.tokens.input >= 5 * messages.length).toBe(true);
        expect(seen.context).toHaveLength(CONTEXT_DIMENSIONS);
        expect(seen.context.filter((x) => x !== 0).length).toBeLessThanOrEqual(4);
        expect(seen.context.every((x) => Number.isFinite(x) && x >= 0)).toBe(true);
        expect(seen.topic.probabilities).toHaveLength(TOPICS.length + 1);
      }),
    );
  });
});
