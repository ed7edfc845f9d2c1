// Literals of one word or several, found in one pass over the words of a text.
import { ALONE, classOf, SEPARATOR } from './characters.ts';
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
    let at = 0;
    while (at < text.length) {
      const start = at;
      const kind = classOf(text.charCodeAt(at++));
      if (kind === SEPARATOR) continue;
      let hash = text.charCodeAt(start) | 0;
      if (kind !== ALONE) {
        for (; at < text.length; at++) {
          const unit = text.charCodeAt(at);
          const next = classOf(unit);
          if (next === SEPARATOR || next === ALONE) break;
          hash = (Math.imul(hash, BASE) + unit) | 0;
        }
      }
      const ids = table.find(text, start, at, hash);
      if (ids.length === 0) {
        begun = NONE;
        continue;
      }
      const going: Begun[] = [];
      for (const one of begun) {
        const { words, gaps } = this.#phrases[one.phrase] as Phrase;
        if (!ids.includes(words[one.next] ?? -1)) continue;
        const gap = gaps[one.next - 1];
        if (gap !== undefined && text.slice(one.end, start) !== gap) continue;
        if (this.#goesOn(one.phrase, one.next + 1, text, at, going) && found(one.phrase)) return;
      }
      for (const id of ids) {
        for (const phrase of this.#firsts[id] ?? NONE) {
          const { lead } = this.#phrases[phrase] as Phrase;
          if (lead !== '' && !text.endsWith(lead, start)) continue;
          if (this.#goesOn(phrase, 1, text, at, going) && found(phrase)) return;
        }
      }
      begun = going.length === 0 ? NONE : going;
    }
  }

  /** Whether the phrase is whole with its first `seen` words, the last of them ending at `end`. */
  #goesOn(phrase: number, seen: number, text: string, end: number, going: Begun[]): boolean {
    const { words, trail } = this.#phrases[phrase] as Phrase;
    if (seen === words.length) return trail === '' || text.startsWith(trail, end);
    going.push({ phrase, next: seen, end });
    return false;
  }
}

const NONE: readonly never[] = [];

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
