// Literals of one word or several, found in one pass over the words of a text.
import { ALONE, CLASSES, classOf, LETTER, SEPARATOR } from './characters.ts';
import { foldText } from './fold.ts';
import { BASE } from './hash.ts';
import { WordTable } from './word-table.ts';

/** A blank between two words of a literal stands for whatever is no word; anything else between them must be there as written. */
interface Phrase {
  readonly words: readonly number[];
  /** Before word i + 1; undefined: anything. */
  readonly gaps: readonly (string | undefined)[];
  readonly lead: string;
  readonly trail: string;
}

/** A phrase of which the first `next` words have been seen, the last of them ending at `end`. */
interface Begun {
  readonly phrase: number;
  readonly next: number;
  readonly end: number;
}

export class Phrases {
  readonly #phrases: readonly Phrase[];
  readonly #table: WordTable;
  /** By id of a word: the phrases that begin with it. */
  readonly #firsts: readonly number[][];

  /** `literals`: each with at least one word; `tolerance`: letters by which a word may differ. */
  constructor(literals: readonly string[], tolerance: number) {
    const ids = new Map<string, number>();
    this.#phrases = literals.map((literal) => toPhrase(literal, ids));
    this.#table = new WordTable([...ids.keys()], tolerance);
    this.#firsts = Array.from(ids, () => []);
    for (const [i, { words }] of this.#phrases.entries()) this.#firsts[words[0] ?? 0]?.push(i);
  }

  /** Calls `found` with the position of each literal that stands in the folded text, perhaps more than once, until it answers true. */
  scan(text: string, found: (literal: number) => boolean): void {
    const table = this.#table;
    let begun: readonly Begun[] = NONE;
    let start = -1;
    let hash = 0;
    for (let at = 0; at <= text.length; at++) {
      const unit = at < text.length ? text.charCodeAt(at) : BLANK;
      const kind = CLASSES[unit] || classOf(unit);
      if (kind === LETTER) {
        if (start >= 0) hash = (Math.imul(hash, BASE) + unit) | 0;
        else {
          start = at;
          hash = unit;
        }
        continue;
      }
      if (start >= 0) {
        if (table.mayFind(hash, at - start)) {
          const next = this.#goOn(begun, text, start, at, hash, found);
          if (next === undefined) return;
          begun = next;
        } else begun = NONE;
        start = -1;
      }
      if (kind !== ALONE) continue;
      const next = table.mayFind(unit, 1) ? this.#goOn(begun, text, at, at + 1, unit, found) : NONE;
      if (next === undefined) return;
      begun = next;
    }
  }

  /** What is begun when the word text[start, end) has come; undefined: `found` has heard enough. */
  #goOn(
    begun: readonly Begun[],
    text: string,
    start: number,
    end: number,
    hash: number,
    found: (literal: number) => boolean,
  ): readonly Begun[] | undefined {
    const ids = this.#table.find(text, start, end, hash);
    if (ids.length === 0) return NONE;
    const going: Begun[] = [];
    for (const one of begun) {
      const { words, gaps } = this.#phrases[one.phrase] as Phrase;
      if (!ids.includes(words[one.next] ?? -1)) continue;
      const gap = gaps[one.next - 1];
      if (gap !== undefined && text.slice(one.end, start) !== gap) continue;
      if (this.#isWhole(one.phrase, one.next + 1, text, end, going) && found(one.phrase)) return undefined;
    }
    for (const id of ids) {
      for (const phrase of this.#firsts[id] ?? NONE) {
        const { lead } = this.#phrases[phrase] as Phrase;
        if (lead !== '' && !text.endsWith(lead, start)) continue;
        if (this.#isWhole(phrase, 1, text, end, going) && found(phrase)) return undefined;
      }
    }
    return going;
  }

  /** Whether the phrase is whole with its first `seen` words, the last of them ending at `end`; if it is not, it is going on. */
  #isWhole(phrase: number, seen: number, text: string, end: number, going: Begun[]): boolean {
    const { words, trail } = this.#phrases[phrase] as Phrase;
    if (seen === words.length) return trail === '' || text.startsWith(trail, end);
    going.push({ phrase, next: seen, end });
    return false;
  }
}

const NONE: readonly never[] = [];
const BLANK = 32;

/** Where the words of a folded text begin and end. */
export function wordsOf(text: string): readonly (readonly [start: number, end: number])[] {
  const words: [number, number][] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const kind = classOf(text.charCodeAt(at++));
    if (kind === SEPARATOR) continue;
    if (kind !== ALONE) {
      while (at < text.length && classOf(text.charCodeAt(at)) !== SEPARATOR && classOf(text.charCodeAt(at)) !== ALONE)
        at++;
    }
    words.push([start, at]);
  }
  return words;
}

function toPhrase(literal: string, ids: Map<string, number>): Phrase {
  const text = foldText(literal).trim();
  const places = wordsOf(text);
  const words = places.map(([start, end]) => {
    const word = text.slice(start, end);
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  });
  const gaps = places.slice(1).map(([start], i) => {
    const gap = text.slice(places[i]?.[1], start);
    return /^\s+$/.test(gap) ? undefined : gap;
  });
  return { words, gaps, lead: text.slice(0, places[0]?.[0]), trail: text.slice(places.at(-1)?.[1]) };
}
