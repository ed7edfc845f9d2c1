// The features of a text: hashed words, pairs of words and prefixes, each once. The definition; `text-walk.wat` repeats it.
import { UNITS } from './characters.ts';

const BITS = 16;
/** Features are numbers below this. */
export const FEATURES = 2 ** BITS;

/**
 * Code units that are read: a longer text is seen through its head (the instruction) and its tail (the last question),
 * with a blank between, so that the time for a text of any length is that of 1,024 code units. Three times as many tell the heads
 * nothing more (folds 4-6).
 */
export const HEAD_UNITS = 512;
export const TAIL_UNITS = 512;

/** A code unit ends at most two features on average: one that stands alone is a word and a pair, a word and its border less. */
export const MAX_FEATURES = 2 * (HEAD_UNITS + TAIL_UNITS + 2);

// Odd multipliers: the golden ratio's (Knuth, TAOCP 6.4), murmur3's finaliser's and others of their kind. Multiplication
// moves entropy upwards, so a feature is taken from a hash's top bits.
const GOLDEN = 0x9e3779b1 | 0;
const MIX_WORD = 0x85ebca6b | 0;
const MIX_PAIR = 0xc2b2ae35 | 0;
const MIX_FEATURE = 0x2c1b3c6d;
const WORD_SEED = 0x3c6ef372;
const ALONE_SEED = 0x5bd1e995;
const PREFIX_SEED = 0x165667b1;

const seen = new Uint8Array(FEATURES);

/**
 * Writes each feature of the text once into `list` (at least `MAX_FEATURES` long), in order of appearance, and returns their
 * number. A word gives itself, its pair with the word before it, and the prefixes of 3 and 5 units that are shorter than itself; one of
 * 4 and suffixes beside these make mathematics and questions of general knowledge harder to tell (.935 of llmrouter14 for .944, folds 4-6).
 */
export function hashFeatures(text: string, list: Uint16Array): number {
  const isWhole = text.length <= HEAD_UNITS + TAIL_UNITS;
  const read = isWhole ? text : `${text.slice(0, HEAD_UNITS)} ${text.slice(-TAIL_UNITS)}`;
  let length = 0;

  function add(hash: number): void {
    const feature = Math.imul(hash ^ (hash >>> 15), MIX_FEATURE) >>> (32 - BITS);
    list[length] = feature;
    length += 1 - (seen[feature] ?? 0);
    seen[feature] = 1;
  }

  /** Adds the word and its pair; returns what the next pair starts from. */
  function addWord(word: number, previous: number): number {
    add(word);
    add(Math.imul(previous ^ (word >>> 3), MIX_PAIR));
    return word;
  }

  let previous = 0;
  let count = 0;
  let hash = WORD_SEED;
  // Hashes of the word's first 3 and 5 units.
  let [p3, p5] = [0, 0];
  for (let at = 0; at <= read.length; at++) {
    // One blank is read past the end, so that the last word is closed.
    const unit = at < read.length ? (UNITS[read.charCodeAt(at)] ?? 0) : 0;
    if (unit > 0 && unit < 0x8000) {
      hash = Math.imul(hash ^ unit, GOLDEN);
      count++;
      if (count === 3) p3 = hash;
      else if (count === 5) p5 = hash;
      continue;
    }
    if (count > 0) {
      previous = addWord(Math.imul(hash ^ (hash >>> 15), MIX_WORD), previous);
      if (count > 3) add(p3 ^ PREFIX_SEED);
      if (count > 5) add(p5 ^ PREFIX_SEED);
      count = 0;
      hash = WORD_SEED;
    }
    if (unit > 0) previous = addWord(Math.imul(unit ^ ALONE_SEED, GOLDEN), previous);
  }
  for (let i = 0; i < length; i++) seen[list[i] ?? 0] = 0;
  return length;
}
