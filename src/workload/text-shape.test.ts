// Counts of characters and runs: by hand for short texts, near the truth for long ones.
import { describe, expect, it } from 'vitest';
import { countText, SAMPLE_UNITS, type TextCounts } from './text-shape.ts';

function count(...texts: string[]): TextCounts {
  const pieces = texts.filter((text) => text !== '');
  return countText(
    pieces,
    pieces.reduce((sum, text) => sum + text.length, 0),
  );
}

const NOTHING = {
  letters: 0,
  words: 0,
  digits: 0,
  numbers: 0,
  marks: 0,
  markRuns: 0,
  breaks: 0,
  near: 0,
  far: 0,
  quotes: 0,
};

describe('counts of a text', () => {
  it.each<[string, string, Partial<TextCounts>]>([
    ['nothing', '', {}],
    ['words', 'one two', { letters: 6, words: 2 }],
    ['camel case', 'readFileSync HTTPServer', { letters: 22, words: 4 }],
    ['numbers', '12 345,6', { digits: 6, numbers: 3, marks: 1, markRuns: 1 }],
    ['marks', '(a) => [];', { letters: 1, words: 1, marks: 7, markRuns: 4 }],
    ['quotes and escapes', '"\\', { marks: 2, markRuns: 1, quotes: 2 }],
    ['breaks', '\n\n\t', { breaks: 3 }],
    ['other scripts', 'é д 中 \u{1F600}', { near: 2, far: 3 }],
    ['lone surrogates', '\ud800\udc00\ud800', { far: 3 }],
    ['a longer text than is copied by hand', 'one two three four five six', { letters: 22, words: 6 }],
  ])('%s', (_name, text, expected) => {
    expect(count(text)).toEqual({ ...NOTHING, ...expected });
  });

  it('do not run from one text into the next', () => {
    expect(count('one', 'two', '12', '3')).toEqual({ ...NOTHING, letters: 6, words: 2, digits: 3, numbers: 2 });
  });

  it('keep nothing from one call to the next', () => {
    count('abc '.repeat(10_000));
    expect(count('one')).toEqual({ ...NOTHING, letters: 3, words: 1 });
  });

  it('are whole up to the size of the sample', () => {
    expect(count('a'.repeat(SAMPLE_UNITS)).letters).toBe(SAMPLE_UNITS);
    expect(count(...Array.from({ length: SAMPLE_UNITS }, () => 'a'))).toMatchObject({
      letters: SAMPLE_UNITS,
      words: SAMPLE_UNITS,
    });
  });
});

describe('counts of a long text', () => {
  const prose = 'It was the best of times, it was the worst of times, in 1859. ';

  it.each<[string, string[]]>([
    ['one text', [prose.repeat(1_000)]],
    ['many texts', Array.from({ length: 500 }, (_, i) => prose.repeat(1 + (i % 3)))],
    ['tiny texts', Array.from({ length: 3_000 }, (_, i) => `word ${i % 10}`)],
    ['a text with a period', [`${prose}${' '.repeat(66)}`.repeat(400)]],
  ])('are within a tenth: %s', (_name, texts) => {
    const sampled = count(...texts);
    const whole: Record<string, number> = { letters: 0, words: 0, digits: 0 };
    for (const text of texts) {
      // A text is counted whole in pieces of one period.
      for (let at = 0; at < text.length; at += 1_000) {
        const piece = count(text.slice(at, at + 1_000));
        for (const key of ['letters', 'words', 'digits'] as const) whole[key] = (whole[key] ?? 0) + piece[key];
      }
    }
    for (const key of ['letters', 'words'] as const) {
      expect(Math.abs(sampled[key] - (whole[key] ?? 0)) / (whole[key] ?? 1), key).toBeLessThan(0.1);
    }
  });

  it('see all of it, not only how it begins', () => {
    const mixed = `${'word '.repeat(2_000)}${'12345'.repeat(2_000)}`;
    const { letters, digits } = count(mixed);
    expect(letters).toBeGreaterThan(6_000);
    expect(digits).toBeGreaterThan(8_000);
  });
});
