// The embedder that needs no model: signed feature hashing of words, word pairs and character 3-5-grams, for any script.
import { fnv1a } from '../base/index.ts';
import { ALONE, classOfHigh, CLASSES, FOLDED, SPACE, TABLE_SIZE, WORD_MAX } from './characters.ts';
import type { Embedder, SparseVector } from './embedder.ts';

const BITS = 14;
const DIMENSIONS = 2 ** BITS;

/**
 * Code units that are read: a longer text is seen through its head (the instruction) and its tail (the last question),
 * so that the time for a text of any length is that of 8,192 code units.
 */
export const HEAD_UNITS = 6_144;
export const TAIL_UNITS = 2_048;

/** A code unit closes at most one word, one pair and three n-grams, and may itself be a word and a pair. */
const MAX_FEATURES = (HEAD_UNITS + TAIL_UNITS + 2) * 7;

// Odd multipliers: the golden ratio's (Knuth, TAOCP 6.4) and murmur3's finaliser's. Multiplication moves entropy upwards,
// so the index is taken from a hash's top bits and the sign from the bit below them.
const GOLDEN = 0x9e3779b1 | 0;
const MIX_WORD = 0x85ebca6b | 0;
const MIX_PAIR = 0xc2b2ae35 | 0;
const WORD_SEED = 0x3c6ef372;
const INDEX_SHIFT = 32 - BITS;
const SIGN_SHIFT = INDEX_SHIFT - 1;

/** What one word counts beside a pair or an n-gram, of which a text has several times as many. */
const WORD_AMOUNT = 3;

/** Counts from here on weigh the same. */
const MAX_COUNT = 1_023;
const LOG_COUNT = Float64Array.from({ length: MAX_COUNT + 1 }, (_, count) => Math.log2(1 + count));

/** Covers every branch of the walk: what it hashes to is part of the fingerprint. */
const PROBE = `Def f(x_1): return 3.14*x + "É" -- Straße, ΑΒΓ, мир; 東京 is 見る!  𝛼\ud800 ${'ab c '.repeat(2_000)} Last?`;

/**
 * Signed hashing (Weinberger et al., 2009) into 2^14 dimensions, sign(c) * log2(1 + |c|) of the signed count, L2 norm 1.
 * Not safe for re-entrance: the scratch arrays and the returned vector belong to the instance.
 */
export function createStaticEmbedder(): Embedder {
  // Int16 cannot overflow in practice: 8,192 equal ideographs make 24,576, the rest would have to share their index.
  const counts = new Int16Array(DIMENSIONS);
  const touched = new Uint16Array(MAX_FEATURES);
  let touchedLength = 0;
  const vector: SparseVector = {
    dimensions: DIMENSIONS,
    length: 0,
    indices: new Uint16Array(DIMENSIONS),
    values: new Float32Array(DIMENSIONS),
  };

  function add(hash: number, amount: number): void {
    const index = hash >>> INDEX_SHIFT;
    const count = counts[index] ?? 0;
    // An index whose count came back to 0 is listed twice; finish() takes it once and finds 0 the second time.
    if (count === 0) touched[touchedLength++] = index;
    // Multiplied, not branched on: nothing can predict a hash's bit, a branch made embedding half as slow again.
    counts[index] = count + (((hash >>> SIGN_SHIFT) & 1) * 2 - 1) * amount;
  }

  /** Adds the word and the pair it makes with the word before it; returns what the next pair starts from. */
  function addWord(hash: number, previous: number): number {
    const word = Math.imul(hash ^ (hash >>> 15), MIX_WORD);
    add(word, WORD_AMOUNT);
    add(Math.imul(previous ^ (word >>> 3), MIX_PAIR), 1);
    return word;
  }

  /** One pass over [from, to); no string and no object is made. */
  function walk(text: string, from: number, to: number): void {
    let word = WORD_SEED;
    let inWord = false;
    let previousWord = 0;
    // The last five units, newest first; n-grams restart at white space, and a text starts as if after it: a blank marks the border.
    let u1 = 32;
    let u2 = 0;
    let u3 = 0;
    let u4 = 0;
    let u5 = 0;
    let run = 1;
    for (let at = from; at <= to; at++) {
      // One blank is read past the end, so that the last word is closed.
      let unit = at < to ? text.charCodeAt(at) : 32;
      let kind;
      if (unit < TABLE_SIZE) {
        kind = CLASSES[unit] ?? SPACE;
        unit = FOLDED[unit] ?? 32;
      } else {
        kind = classOfHigh(unit);
        if (kind === SPACE) unit = 32;
      }
      if (kind <= WORD_MAX) {
        word = Math.imul(word ^ unit, GOLDEN);
        inWord = true;
      } else {
        if (inWord) {
          previousWord = addWord(word, previousWord);
          word = WORD_SEED;
          inWord = false;
        }
        if (kind === ALONE) previousWord = addWord(Math.imul(unit ^ 0x5bd1e995, GOLDEN), previousWord);
        else if (run === 1) continue;
      }
      u5 = u4;
      u4 = u3;
      u3 = u2;
      u2 = u1;
      u1 = unit;
      run++;
      // The hash of an n-gram is a step of the hash of the (n + 1)-gram that ends at the same unit.
      if (run >= 3) {
        let gram = Math.imul(Math.imul(Math.imul(u1, GOLDEN) ^ u2, GOLDEN) ^ u3, GOLDEN);
        add(gram, 1);
        if (run >= 4) {
          gram = Math.imul(gram ^ u4, GOLDEN);
          add(gram, 1);
          if (run >= 5) add(Math.imul(gram ^ u5, GOLDEN), 1);
        }
      }
      if (kind === SPACE) run = 1;
    }
  }

  /** Turns counts into the unit vector and clears what was used of the scratch. */
  function finish(): SparseVector {
    const { indices, values } = vector;
    let length = 0;
    let squares = 0;
    for (let i = 0; i < touchedLength; i++) {
      const index = touched[i] ?? 0;
      const count = counts[index] ?? 0;
      if (count === 0) continue;
      counts[index] = 0;
      const size = LOG_COUNT[Math.min(Math.abs(count), MAX_COUNT)] ?? 0;
      indices[length] = index;
      values[length] = count > 0 ? size : -size;
      length++;
      squares += size * size;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < length; i++) values[i] = (values[i] ?? 0) * scale;
    touchedLength = 0;
    vector.length = length;
    return vector;
  }

  function embed(text: string): SparseVector {
    if (text.length <= HEAD_UNITS + TAIL_UNITS) {
      walk(text, 0, text.length);
    } else {
      walk(text, 0, HEAD_UNITS);
      walk(text, text.length - TAIL_UNITS, text.length);
    }
    return finish();
  }

  return { kind: 'static', dimensions: DIMENSIONS, fingerprint: `static-wbc-${BITS}-${digest(embed(PROBE))}`, embed };
}

/** Values enter at three digits: Math.log2 may differ in its last bit between machines. */
function digest(vector: SparseVector): string {
  let hash = fnv1a(String(vector.length));
  for (let i = 0; i < vector.length; i++) {
    hash = fnv1a(`${vector.indices[i]}:${Math.round((vector.values[i] ?? 0) * 1000)}`, hash);
  }
  return hash.toString(16).padStart(8, '0');
}
