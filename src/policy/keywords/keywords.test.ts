// What keyword sets find in texts, and what they do not.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quickestMs } from '../../base/fixtures/quickest.ts';
import { editDistance } from './edit-distance.ts';
import { foldText } from './fold.ts';
import { hashOf, hashPrefixes, hashWithout, hashWithoutTwo } from './hash.ts';
import { createKeywordSet, type KeywordParts, type KeywordSet } from './keyword-set.ts';
import { compilePattern } from './patterns.ts';
import { Phrases, wordsOf } from './phrases.ts';
import { MOST_UNITS, Reading } from './reading.ts';

function setOf(parts: Partial<KeywordParts>): KeywordSet {
  return createKeywordSet({
    literals: [],
    patterns: [],
    builtins: [],
    tolerance: 0,
    in: 'last',
    beyondHits: false,
    ...parts,
  });
}

function hits(literals: readonly string[], text: string, tolerance = 0): readonly string[] {
  const found = new Set<string>();
  new Phrases(literals, tolerance).scan(foldText(text), (i) => (found.add(literals[i] ?? ''), false));
  return [...found];
}

describe('literals', () => {
  it.each([
    ['GDPR', 'is this gdpr relevant?', true],
    ['gdpr', 'GDPR', true],
    ['gdpr', 'gdprs', false],
    ['gdpr', 'xgdpr', false],
    ['gdpr', 'see gdpr_policy.md', true],
    ['gdpr', 'gdpr', true],
    ['gdpr', 'gdpr2', false],
    ['force majeure', 'A Force-Majeure clause', true],
    ['force majeure', 'force\n   majeure', true],
    ['force majeure', 'force of majeure', false],
    ['force majeure', 'majeure force', false],
    ['force majeure', 'force', false],
    ['force force majeure', 'force force force majeure', true],
    ['a b a c', 'a b a b a c', true],
    ['résumé', 'my RESUME', true],
    ['resume', 'mon résumé', true],
    ['resume', 'mon re\u0301sume\u0301', true],
    ['Straße', 'STRASSE', false],
    ['ﬁle', 'FILE', true],
    ['İstanbul', 'istanbul', true],
    ['機密', 'これは機密です', true],
    ['機密', '機関の密', false],
    ['ความลับ', 'นี่คือความลับนะ', true],
    ['секрет', 'Секрет!', true],
    ['секрет', 'секреты', false],
    ['سري', 'هذا سري جدا', true],
    ['👀', 'look 👀!', true],
    ['c++', 'we use C++ here', true],
    ['c++', 'we use C here', false],
    ['.net', 'the .NET runtime', true],
    ['.net', 'the net', false],
    ['at&t', 'AT&T', true],
    ['at&t', 'at t', false],
    ["don't", "don't", true],
    ["don't", 'don t', false],
    ['ssn', 's s n', false],
    ['x', '\ud800x\udc00', true],
    ['gdpr', '', false],
  ])('%s in %j: %s', (literal, text, expected) => {
    expect(hits([literal], text).length > 0).toBe(expected);
  });

  it('finds each of several, also inside one another', () => {
    const literals = ['non disclosure', 'non disclosure agreement', 'agreement', 'disclosure agreement form'];
    expect(hits(literals, 'a non-disclosure agreement').toSorted()).toEqual(
      ['agreement', 'non disclosure', 'non disclosure agreement'].toSorted(),
    );
  });

  it('stops when it is told to', () => {
    let found = 0;
    new Phrases(['a'], 0).scan('a a a', () => (found++, true));
    expect(found).toBe(1);
  });

  const word = fc.constantFrom('a', 'b', 'ab', 'ba', 'cab', 'dabc');
  it('finds what a naive search over the words finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.array(word, { maxLength: 30 }),
        (phrases, text) => {
          const literals = [...new Set(phrases.map((words) => words.join(' ')))];
          const expected = literals.filter((literal) => ` ${text.join(' ')} `.includes(` ${literal} `));
          expect(hits(literals, text.join(', ')).toSorted()).toEqual(expected.toSorted());
        },
      ),
    );
  });

  it.each(['e', '退', 'é', '\u0344'])('reads %j under any number of marks in bounded time', (letter) => {
    const text = letter + '\u0301\u0323\u05b4'.repeat(80_000);
    expect(foldText(text).length).toBeLessThan(40);
    expect(quickestMs(() => foldText(text))).toBeLessThan(1_000);
    // Few marks are all read.
    expect(foldText(`e${'\u0301\u0323'.repeat(15)}x`)).toBe('ex');
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (text, literal) => {
        const folded = foldText(literal).trim();
        if (wordsOf(folded).length === 0) return;
        expect(hits([literal], text).length).toBeLessThanOrEqual(1);
        expect(hits([literal], `${text} ${literal} ${text}`)).toEqual([literal]);
      }),
    );
  });
});

describe('a tolerance', () => {
  it.each([
    ['contract', 'contarct', 1, true],
    ['contract', 'contracts', 1, true],
    ['contract', 'contrct', 1, true],
    ['contract', 'kontract', 1, true],
    ['contract', 'kontrakt', 1, false],
    ['contract', 'kontrakt', 2, true],
    ['contract', 'contractual', 2, false],
    ['law', 'lap', 1, false],
    ['claim', 'clam', 1, true],
    ['claim', 'calm', 2, false],
    ['force majeure', 'Force Majeur', 1, true],
    ['force majeure', 'farce majure', 1, true],
    ['datenschutzgrundverordnung', 'Datenschutz-Grundverordnung', 1, false],
  ])('%s in %j with %i: %s', (literal, text, tolerance, expected) => {
    expect(hits([literal], text, tolerance).length > 0).toBe(expected);
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 8, maxLength: 12 });
  it('finds all words within it and no other', () => {
    fc.assert(
      fc.property(letters, letters, fc.constantFrom(1, 2), (literal, text, tolerance) => {
        expect(hits([literal], text, tolerance).length > 0).toBe(editDistance(literal, text) <= tolerance);
      }),
      { numRuns: 2_000 },
    );
  });

  it('counts letters changed, added, lost and swapped', () => {
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('recieve', 'receive')).toBe(1);
  });

  it('rests on hashes that are those of the words without letters', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 40 }), fc.nat(), fc.nat(), (word, a, b) => {
        const prefixes = new Int32Array(64);
        hashPrefixes(word, 0, word.length, prefixes);
        const [i = 0, j = 0] = [a % word.length, b % word.length].toSorted((x, y) => x - y);
        expect(prefixes[word.length]).toBe(hashOf(word));
        const one = word.slice(0, i) + word.slice(i + 1);
        expect(hashWithout(prefixes, word.length, i)).toBe(hashOf(one));
        if (i === j) return;
        expect(hashWithoutTwo(prefixes, word.length, i, j)).toBe(
          hashOf(word.slice(0, i) + word.slice(i + 1, j) + word.slice(j + 1)),
        );
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    [String.raw`\b\d{3}-\d{2}-\d{4}\b`, 'it is 123-45-6789.', true],
    [String.raw`\b\d{3}-\d{2}-\d{4}\b`, 'it is 123-45-67890', false],
    ['(?i)project (apollo|zeus)', 'Project Zeus', true],
    ['project', 'Project', false],
    ['(a+)+$', `${'a'.repeat(50_000)}!`, false],
  ])('%s in %j: %s', (source, text, expected) => {
    const pattern = compilePattern(source);
    expect(pattern.kind === 'pattern' && pattern.test(text)).toBe(expected);
  });

  it.each([
    ['a(b', /missing closing/, 0],
    ['ab[z-a]', /invalid character class/, 3],
    ['a(?=b)', /./, 1],
    [String.raw`(a)\1`, /invalid escape/, 3],
    ['x*', /matches the empty text/, 0],
    ['(a{1,100}){1,10}', /too large/, 0],
  ])('%s is refused', (source, message, at) => {
    const pattern = compilePattern(source);
    expect(pattern).toMatchObject({ kind: 'invalid', at });
    expect(pattern.kind === 'invalid' && pattern.message).toMatch(message);
  });
});

describe('a set', () => {
  const set = setOf({ literals: ['alpha', 'beta'], patterns: [(text) => text.includes('#')], builtins: ['email'] });

  it('counts distinct entries, over all parts', () => {
    expect(set.count(new Reading(['alpha alpha', 'Alpha # and x@example.com', '#']))).toBe(3);
    expect(set.count(new Reading([]))).toBe(0);
    expect([set.any(new Reading(['beta'])), set.any(new Reading(['gamma']))]).toEqual([true, false]);
  });

  it('does not find what begins in one part and ends in another', () => {
    expect(setOf({ literals: ['force majeure'] }).any(new Reading(['force', 'majeure']))).toBe(false);
  });

  it('reads in full up to the bound, and says by its rule what lies beyond', () => {
    const filler = 'lorem ipsum '.repeat(Math.ceil(MOST_UNITS / 12));
    const middle = `${filler.slice(0, MOST_UNITS / 2)} alpha ${filler.slice(0, MOST_UNITS / 2 - 7)}`;
    expect(middle.length).toBe(MOST_UNITS);
    const reading = new Reading([middle]);
    expect([reading.cut, set.any(reading)]).toEqual([false, true]);
    const beyond = new Reading([filler.slice(0, MOST_UNITS), 'alpha']);
    expect([beyond.cut, set.any(beyond), set.count(beyond)]).toEqual([true, false, 0]);
    const careful = setOf({ literals: ['alpha'], beyondHits: true });
    expect([careful.any(beyond), careful.count(beyond)]).toEqual([true, 1]);
    expect(careful.any(new Reading([filler.slice(0, MOST_UNITS)]))).toBe(false);
    expect(new Reading([`${filler.slice(0, MOST_UNITS)}x`]).cut).toBe(true);
  });
});
