// Languages: the detector's own tables, loaded when asked for, and what is said until they are there.
import { describe, expect, it } from 'vitest';
import { createLanguageDetector } from './language.ts';

describe('languages', () => {
  it.each([
    ['How do I center a button inside a container?', 'en'],
    ['Wie spät ist es in Berlin, wenn es hier Mittag ist?', 'de'],
    ['¿Cuánto cuesta una entrada para el museo?', 'es'],
    ['明日は雨が降りそうです。', 'ja'],
    ['صباح الخير كيف حالك اليوم', 'ar'],
    ['12345 + 5 = ?', 'unknown'],
    ['', 'unknown'],
    ['👍', 'unknown'],
    ['\ud800\ud800', 'unknown'],
  ])('of %j is %s', async (text, language) => {
    const detector = createLanguageDetector();
    expect(await detector.load()).toBe(true);
    expect(detector.detect(text)).toBe(language);
  });

  it('are unknown until the tables are loaded, which the first question begins', async () => {
    let loads = 0;
    const detector = createLanguageDetector(async () => {
      loads++;
      return await Promise.resolve(() => 'xx');
    });
    expect([detector.detect('a'), detector.detect('b'), loads]).toEqual(['unknown', 'unknown', 1]);
    expect(await detector.load()).toBe(true);
    expect([detector.detect('a'), loads]).toEqual(['xx', 1]);
  });

  it('stay unknown without tables', async () => {
    const detector = createLanguageDetector(async () => await Promise.reject(new Error('no such package')));
    expect(await detector.load()).toBe(false);
    expect(detector.detect('Where is it?')).toBe('unknown');
  });

  it('are told from the beginning of a text, whatever its length', async () => {
    const lengths: number[] = [];
    const detector = createLanguageDetector(async () => {
      return await Promise.resolve((text: string) => {
        lengths.push(text.length);
        return 'en';
      });
    });
    await detector.load();
    detector.detect('word '.repeat(1_000_000));
    expect(lengths).toEqual([400]);
  });
});
