// Counts of characters and runs: by hand for short texts, near the truth for long ones.
import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPlainCounter } from './plain-counter.ts';
import { countText, createCountText, SAMPLE_UNITS } from './text-counts.ts';
import type { TextCounts } from './text-shape.ts';
import { createWasmCounter } from './wasm-counter.ts';

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

describe('the two engines', () => {
  const plain = createCountText(createPlainCounter());

  function expectSame(texts: readonly string[]): void {
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    expect(countText(texts, units)).toEqual(plain(texts, units));
  }

  const some = oneof(
    string({ unit: constantFrom(...'abcABC019 .,"\\\n\t'.split('')), maxLength: 100 }),
    string({ unit: 'binary', maxLength: 60 }),
    array(integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  );

  it('count the same of any texts', () => {
    assert(property(array(some, { maxLength: 12 }), expectSame), { numRuns: 500 });
  });

  it('and of any that are counted by windows', () => {
    const long = array(some, { minLength: 1, maxLength: 4 }).chain((parts) =>
      integer({ min: 1, max: 9_000 }).map((length) => {
        const text = parts.join('') || 'a';
        return text.repeat(Math.ceil(length / text.length)).slice(0, length);
      }),
    );
    assert(property(array(long, { minLength: 1, maxLength: 5 }), expectSame), { numRuns: 200 });
  });

  it('count every code unit the same, alone and behind every kind', () => {
    for (let unit = 0; unit < 0x10000; unit += unit < 0x900 ? 1 : 97) {
      const it = String.fromCharCode(unit);
      expectSame([
        'aA0. "\né中'
          .split('')
          .map((one) => `${one}${it}`)
          .join(''),
      ]);
    }
  });

  it.each([
    ['without WebAssembly', undefined],
    ['without its 128-bit lanes', { validate: () => false }],
  ])('are one %s', (_, engine) => {
    expect(createWasmCounter()?.engine).toBe('wasm');
    vi.stubGlobal('WebAssembly', engine);
    onTestFinished(() => {
      vi.unstubAllGlobals();
    });
    expect(createWasmCounter()).toBeUndefined();
  });
});
