// Which of some known words a word of a text is, exactly or within a tolerance: by hash, without a string being made.
import { editDistance } from './edit-distance.ts';
import { hashOf, hashPrefixes, hashWithout, hashWithoutTwo, LONGEST_NEAR } from './hash.ts';

/** From so many letters on a word is compared with a tolerance, and from so many with one of 2. */
const NEAR_FROM = 5;
const TWO_FROM = 8;

/** A power of two. */
const FILTER_BITS = 1 << 14;

const NOBODY: readonly number[] = [];

export class WordTable {
  readonly #words: readonly string[];
  readonly #tolerance: number;
  readonly #exact = new HashTable();
  /** What is left of the words that are compared with a tolerance when so many letters are taken away. */
  readonly #near = new HashTable();
  readonly #prefixes = new Int32Array(LONGEST_NEAR + 1);
  #shortest = Infinity;
  #longest = 0;

  /** `words`: folded and distinct; `tolerance`: letters that may differ, 0 to 2. */
  constructor(words: readonly string[], tolerance: number) {
    this.#words = words;
    this.#tolerance = tolerance;
    for (const [id, word] of words.entries()) {
      this.#exact.add(hashOf(word), id);
      const allowed = toleranceOf(word, tolerance);
      if (allowed === 0) continue;
      this.#shortest = Math.min(this.#shortest, word.length - allowed);
      this.#longest = Math.max(this.#longest, word.length + allowed);
      for (const left of shortened(word, allowed)) this.#near.add(hashOf(left), id);
    }
  }

  /** Ids of the words that text[start, end), whose hash is `hash`, is or comes near to. */
  find(text: string, start: number, end: number, hash: number): readonly number[] {
    const ids = this.#exact.has(hash) ? this.#exactly(text, start, end, hash) : NOBODY;
    const length = end - start;
    return length < this.#shortest || length > this.#longest ? ids : this.#nearly(text, start, end, ids);
  }

  #exactly(text: string, start: number, end: number, hash: number): readonly number[] {
    return this.#exact.get(hash).filter((id) => {
      const word = this.#words[id] ?? '';
      return word.length === end - start && text.startsWith(word, start);
    });
  }

  /** Two words within n edits share what is left of each when at most n letters are taken away (Garbe's SymSpell). */
  #nearly(text: string, start: number, end: number, ids: readonly number[]): readonly number[] {
    const length = end - start;
    if (length > LONGEST_NEAR) return ids;
    const prefixes = this.#prefixes;
    hashPrefixes(text, start, end, prefixes);
    let found = ids;
    const look = (hash: number): void => {
      if (!this.#near.has(hash)) return;
      const word = text.slice(start, end);
      for (const id of this.#near.get(hash)) {
        const known = this.#words[id] ?? '';
        if (!found.includes(id) && editDistance(word, known) <= toleranceOf(known, this.#tolerance)) {
          found = [...found, id];
        }
      }
    };
    look(prefixes[length] ?? 0);
    for (let i = 0; i < length; i++) {
      look(hashWithout(prefixes, length, i));
      if (this.#tolerance < 2) continue;
      for (let j = i + 1; j < length; j++) look(hashWithoutTwo(prefixes, length, i, j));
    }
    return found;
  }
}

/** Ids by hash, behind a filter of one bit a hash that nearly every word of a text stops at. */
class HashTable {
  readonly #filter = new Uint8Array(FILTER_BITS / 8);
  readonly #ids = new Map<number, number[]>();

  add(hash: number, id: number): void {
    const bit = bitOf(hash);
    this.#filter[bit >> 3] = (this.#filter[bit >> 3] ?? 0) | (1 << (bit & 7));
    const ids = this.#ids.get(hash);
    if (ids === undefined) this.#ids.set(hash, [id]);
    else if (!ids.includes(id)) ids.push(id);
  }

  has(hash: number): boolean {
    const bit = bitOf(hash);
    return ((this.#filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  get(hash: number): readonly number[] {
    return this.#ids.get(hash) ?? NOBODY;
  }
}

function bitOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (FILTER_BITS - 1);
}

function toleranceOf(word: string, tolerance: number): number {
  if (word.length < NEAR_FROM || word.length > LONGEST_NEAR - 2) return 0;
  return word.length < TWO_FROM ? Math.min(1, tolerance) : tolerance;
}

/** The word, and what is left of it without up to `most` of its letters. */
function shortened(word: string, most: number): ReadonlySet<string> {
  let last = new Set([word]);
  const all = new Set(last);
  for (let n = 0; n < most; n++) {
    const next = new Set<string>();
    for (const text of last) {
      for (let i = 0; i < text.length; i++) next.add(text.slice(0, i) + text.slice(i + 1));
    }
    for (const text of next) all.add(text);
    last = next;
  }
  return all;
}
