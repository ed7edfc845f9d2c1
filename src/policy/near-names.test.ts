// What somebody may have meant.
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../base/fixtures/quickest.ts';
import { nearNames } from './near-names.ts';

const TOPICS = ['code', 'math', 'logic', 'writing', 'engineering', 'law', 'philosophy', 'psychology'];
const MODELS = ['Meta-Llama-3_1-8B-Instruct', 'Meta-Llama-3_1-70B-Instruct', 'Meta-Llama-3-8B', 'gemini-1.5-pro-002'];

describe('nearNames', () => {
  it.each([
    ['cod', TOPICS, ['code']],
    ['coding', TOPICS, []],
    ['Law', TOPICS, ['law']],
    ['psychologie', TOPICS, ['psychology']],
    ['maths', TOPICS, ['math']],
    ['gemini-1.5-pro', MODELS, ['gemini-1.5-pro-002']],
    ['llama-3.1-70b-instruct', MODELS, ['Meta-Llama-3_1-70B-Instruct']],
    ['gpt-4o', MODELS, []],
    ['', MODELS, []],
    ['---', MODELS, []],
  ])('%j', (name, known, near) => {
    expect(nearNames(name, known).slice(0, 1)).toEqual(near);
  });

  it('names three at most, nearest first', () => {
    expect(nearNames('Meta-Llama-3.1-8B-Instruct', [...MODELS, 'Meta-Llama-3-8B-Instruct'])).toEqual([
      'Meta-Llama-3_1-8B-Instruct',
      'Meta-Llama-3-8B-Instruct',
      'Meta-Llama-3_1-70B-Instruct',
    ]);
  });

  it('takes no time over long names', () => {
    const [name, names] = ['x'.repeat(1_000_000), [...MODELS, 'x'.repeat(100_000)]];
    expect(nearNames(name, names)).toHaveLength(1);
    expect(quickestMs(() => nearNames(name, names))).toBeLessThan(200);
  });
});
