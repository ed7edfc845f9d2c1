// Fingerprints of how texts begin: spread evenly, told apart by each of their parts, blind to what comes later.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINGERPRINT_UNITS, quickFingerprint } from './fingerprint.ts';

const of = (text: string, before = ''): string => quickFingerprint(before, text, text.length);

describe('a quick fingerprint', () => {
  it('is 16 hex digits, the same for the same', () => {
    expect(of('hi')).toMatch(/^[0-9a-f]{16}$/);
    const first = of('hi');
    of('something else that is longer');
    expect(of('hi')).toBe(first);
  });

  it('is pinned: sessions must stay where they are', () => {
    expect([of(''), of('hi'), of('Grüße, 世界 😀', 'abc')]).toMatchInlineSnapshot(`
      [
        "0000000000000000",
        "7c85ab4cde773804",
        "db9219f59dcfaa55",
      ]
    `);
  });

  it('tells texts, their order, lengths and what stands before apart', () => {
    const seen = new Set<string>();
    const units = 'x'.repeat(FINGERPRINT_UNITS);
    const all = [of(''), of('a'), of('b'), of('ab'), of('ba'), of('a\u0000'), of('a', 'b'), of('b', 'a'), of('', 'ab')];
    for (const one of [...all, of(units), of(`${units}y`), of(`${units}yy`), of(`y${units}`)]) seen.add(one);
    expect(seen.size).toBe(all.length + 4);
  });

  it('reads the beginning alone', () => {
    const units = '世'.repeat(FINGERPRINT_UNITS);
    expect(of(`${units}a`)).toBe(of(`${units}b`));
    expect(of(`${units.slice(1)}a`)).not.toBe(of(`${units.slice(1)}b`));
  });

  it.each([
    ['counters', (i: number) => `request ${i}`],
    [
      'one changed unit of many',
      (i: number) => `${'a'.repeat(i % 500)}b${'a'.repeat(500 - (i % 500))}${Math.trunc(i / 500)}`,
    ],
    [
      'two changed units',
      (i: number) => `${String.fromCharCode(32 + (i % 90))}same${String.fromCharCode(32 + i / 90)}`,
    ],
  ])('spreads %s evenly, in each half', (_name, text) => {
    const count = 4_096;
    const fingerprints = Array.from({ length: count }, (_, i) => of(text(i)));
    expect(new Set(fingerprints).size).toBe(count);
    for (const at of [0, 7, 8, 15]) {
      const bins = new Map<string, number>();
      for (const one of fingerprints) bins.set(one[at] ?? '', (bins.get(one[at] ?? '') ?? 0) + 1);
      const chiSquare = [...bins.values()].reduce((sum, n) => sum + (n - count / 16) ** 2 / (count / 16), 0);
      // 99.9 % point of chi-square with 15 degrees of freedom: 37.7.
      expect(bins.size === 16 && chiSquare < 37.7).toBe(true);
    }
  });

  it('never fails, whatever the units', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 1_200 }), (text) => /^[0-9a-f]{16}$/.test(of(text))));
    expect(of('\ud800'.repeat(600))).toMatch(/^[0-9a-f]{16}$/);
  });
});
