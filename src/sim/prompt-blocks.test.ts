// Which prompts share blocks: those with the same beginning, to the last full block of 64 bytes, and no others.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { promptBlocks, type PromptMessage } from './prompt-blocks.ts';
import { estimateTokens } from './tokens.ts';

const SYSTEM = { role: 'system', text: 'You are a careful assistant of the house. '.repeat(10) };
const user = (text: string): PromptMessage => ({ role: 'user', text });
const blocks = (...messages: readonly PromptMessage[]): Float64Array =>
  promptBlocks(messages, estimateTokens(messages.map(({ text }) => text)));
function shared(a: Float64Array, b: Float64Array): number {
  const differ = a.findIndex((hash, i) => hash !== b[i]);
  return differ < 0 ? a.length : differ;
}

describe('promptBlocks', () => {
  it('has one hash a full block, all different, whole numbers below 2^53', () => {
    const hashes = blocks(SYSTEM, user('x'.repeat(1000)));
    expect(hashes).toHaveLength(Math.floor(1420 / 64));
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
  });

  it('shares a system prompt, whatever the question', () => {
    const [a, b] = [blocks(SYSTEM, user('one question '.repeat(20))), blocks(SYSTEM, user('and another '.repeat(20)))];
    expect(shared(a, b)).toBe(Math.floor(SYSTEM.text.length / 64));
  });

  it('shares all of a conversation with its next turn', () => {
    const turns = [SYSTEM, user('What is the rule? '.repeat(7))];
    const before = blocks(...turns);
    const after = blocks(...turns, { role: 'assistant', text: 'It is this one.' }, user('Why?'));
    expect(shared(before, after)).toBe(before.length);
  });

  it('shares nothing past a difference, in text or in role', () => {
    const text = 'y'.repeat(640);
    const other = `${text.slice(0, 300)}z${text.slice(301)}`;
    expect(shared(blocks(user(text)), blocks(user(other)))).toBe(4);
    expect(shared(blocks(user(text)), blocks({ role: 'system', text }))).toBe(0);
    expect(shared(blocks(user(text), user('a')), blocks(user(text), { role: 'tool', text: 'a' }))).toBe(10);
  });

  it('follows the bytes, not the characters', () => {
    const text = 'Grüße aus Köln, 東京 und 🚀. '.repeat(20);
    const hashes = blocks(user(text));
    expect(hashes).toHaveLength(Math.floor(Buffer.byteLength(text) / 64));
    expect(shared(hashes, blocks(user(text), user('more')))).toBe(hashes.length);
  });

  it('covers as many tokens as an answer book counts, and tells prompts apart that differ in what it leaves out', () => {
    const text = 'w'.repeat(640);
    const counted = (last: string, tokens: number): Float64Array => promptBlocks([user(text + last)], tokens);
    expect(counted('a', 400)).toHaveLength(25);
    expect(shared(counted('a', 400), counted('b', 400))).toBe(10);
    expect(counted('a', 100)).toHaveLength(6);
    expect(shared(counted('a', 100), counted('b', 100))).toBe(5);
    expect(counted('a', 15)).toHaveLength(0);
    expect(promptBlocks([], 40)).toHaveLength(2);
  });

  it('shares exactly the common beginning of random texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string(), fc.string(), (head, a, b) => {
        const [one, two] = [Buffer.from(head + a), Buffer.from(head + b)];
        let common = 0;
        while (common < Math.min(one.length, two.length) && one[common] === two[common]) common++;
        const got = shared(blocks(user(head + a)), blocks(user(head + b)));
        expect(got).toBeGreaterThanOrEqual(Math.floor(common / 64));
        expect(got).toBeLessThanOrEqual(Math.ceil(common / 64));
      }),
      { seed: 5 },
    );
  });
});
