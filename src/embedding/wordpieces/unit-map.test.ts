// The unit map: BERT's lower-casing, accent stripping and borders of words, one code unit at a time.
import { describe, expect, it } from 'vitest';
import { ALONE, BLANK, SKIPPED, unitMap } from './unit-map.ts';

const uncased = unitMap({ lowercase: true, stripAccents: true });
const cased = unitMap({ lowercase: false, stripAccents: false });
const of = (map: Uint16Array, character: string): number => map[character.charCodeAt(0)] ?? Number.NaN;

describe('unit map', () => {
  it.each([' ', '\n', '\t', '\u00a0', '\u3000', '\u2028'])('takes %j for a blank', (character) => {
    expect(of(uncased, character)).toBe(BLANK);
  });

  it.each(['\u0000', '\u0007', '\u200d', '\ufffd', '\u0301', '\ue000', '\uffff'])('does not see %j', (character) => {
    expect(of(uncased, character)).toBe(SKIPPED);
  });

  it.each('.,!?-_$+<=>^`|~@#(){}[]«»。、！東字㐀'.split(''))('lets %s stand alone', (character) => {
    expect(of(uncased, character)).toBeGreaterThanOrEqual(ALONE);
  });

  it.each('aZ9éßΩжא한あア√×\ud83d\ude00\ud800'.split(''))('makes words of %s', (character) => {
    expect(of(uncased, character)).toBeGreaterThan(SKIPPED);
    expect(of(uncased, character)).toBeLessThan(ALONE);
  });

  it.each([
    ['É', 'e'],
    ['Ω', 'ω'],
    ['Й', 'и'],
    ['ÿ', 'y'],
    ['\u212b', 'a'],
    ['İ', 'i'],
  ])('takes %s for %s where case and accents go, not where they stay', (one, other) => {
    expect(of(uncased, one)).toBe(of(uncased, other));
    expect(of(cased, one)).not.toBe(of(cased, other));
  });

  it('keeps apart what the tokenizer keeps apart', () => {
    const words = [...uncased].filter((number) => number > SKIPPED && number < ALONE);
    const alone = [...uncased].filter((number) => number >= ALONE);
    expect(new Set(alone).size).toBeGreaterThan(27_000);
    expect(new Set(words).size).toBeGreaterThan(15_000);
    expect(new Set('abcdefghijklmnopqrstuvwxyz0123456789'.split('').map((c) => of(uncased, c))).size).toBe(36);
  });
});
