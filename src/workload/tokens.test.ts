// The estimate of input tokens, and the limit of the answer, of requests of every shape.
import { describe, expect, it } from 'vitest';
import { call, image, search, see, seeCompletion, seeEmbedding, user } from './fixtures/see.ts';
import type { ChatMessage } from './types.ts';

describe('tokens', () => {
  const input = (messages: ChatMessage[]): number => see({ messages }).tokens.input;

  it.each<[string, string, number]>([
    ['English', 'The quick brown fox jumps over the lazy dog, and nobody minds.', 14],
    ['code', 'for (let i = 0; i < items.length; i++) { total += items[i].price; }', 23],
    ['digits', '2718281828 3141592653', 8],
    ['Russian', 'Быстрая лиса прыгает через ленивую собаку', 16],
    ['Chinese', '敏捷的棕色狐狸跳过了那只懒狗', 14],
  ])('are near GPT-4o’s: %s', (_name, text, tokens) => {
    const estimate = input([user(text)]) - input([user('')]);
    expect(Math.abs(estimate - tokens) / tokens).toBeLessThan(0.4);
  });

  it('grow with every message, image and part', () => {
    const one = input([user('a b c')]);
    expect(input([user('a b c'), { role: 'assistant', content: 'a b c' }])).toBeGreaterThan(one + 5);
    expect(input([user([image])])).toBe(input([user('')]) + 765);
    expect(input([user([{ type: 'text', text: 'a b c' }])])).toBe(one);
    expect(input([user(null)])).toBe(input([user('')]));
  });

  it('do not count what is no text: encoded images, sound, files, parts of unknown type', () => {
    const data = 'A'.repeat(400_000);
    const parts = [
      { type: 'input_audio', input_audio: { data, format: 'wav' } },
      { type: 'file', file: { file_data: data } },
      { type: 'novelty', novelty: { data } },
      { type: 'image', source: { type: 'base64', data } },
    ];
    const encoded = { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } };
    expect(input([user(parts)])).toBe(input([user([image])]));
    expect(input([user([encoded])])).toBe(input([user([image])]));
    const agent = see({ messages: [user([...parts, encoded])], tools: [search] }).tokens.input;
    expect(agent).toBeLessThan(see({ messages: [user([image, image])], tools: [search] }).tokens.input + 200);
  });

  it('give what nobody knows to the tools, within bounds', () => {
    const unknown = user([{ type: 'odd', payload: 'A'.repeat(1_000_000) }]);
    expect(see({ messages: [unknown], tools: [search] }).tokens.input).toBeLessThan(5_000);
  });

  it('count the definitions of tools and the arguments of calls', () => {
    const described = { ...search, description: 'Finds things. '.repeat(100) };
    const more = see({ tools: [described] }).tokens.input - see({ tools: [search] }).tokens.input;
    expect(more).toBeGreaterThan(250);
    expect(more).toBeLessThan(500);
    const long = { ...call, tool_calls: [{ function: { name: 'write', arguments: '{"a": 12345} '.repeat(300) } }] };
    expect(input([user('hi'), long])).toBeGreaterThan(1_000);
  });

  it('do not take escapes in the text for tools', () => {
    const text = 'He said: "no"\n\n\t你好 été '.repeat(200);
    const without = input([user(text)]);
    expect(see({ messages: [user(text)], tools: [search] }).tokens.input - without).toBeLessThan(100);
  });

  it('of token ids are exact', () => {
    expect(seeCompletion({ prompt: [1, 2, 3, 4] }).tokens.input).toBe(1 + 4);
    expect(seeEmbedding([[1, 2], [3]]).tokens.input).toBe(2 + 3);
  });

  it('of a completion count the suffix', () => {
    const prompt = 'def add(a, b):';
    expect(seeCompletion({ prompt, suffix: 'return a + b' }).tokens.input).toBeGreaterThan(
      seeCompletion({ prompt }).tokens.input,
    );
    expect(seeCompletion({ prompt, suffix: null }).tokens.input).toBe(seeCompletion({ prompt }).tokens.input);
  });

  it('of the answer to a completion or an embedding', () => {
    expect(seeCompletion({ max_tokens: 7 }).tokens.maxOutput).toBe(7);
    expect(seeCompletion({ max_tokens: null }).tokens.maxOutput).toBeUndefined();
    expect(seeEmbedding('a').tokens.maxOutput).toBe(0);
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
