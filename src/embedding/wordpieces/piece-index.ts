// Finds a piece by the hash of its code units: 32-bit keys sorted by hash, so that a key's place is its row, and where each bucket starts.
import { ALONE, SKIPPED } from './unit-map.ts';

// As in `../features.ts`: multiplication moves entropy upwards, so a bucket is taken from a key's top bits.
const STEP = 0x9e3779b1 | 0;
const MIX = 0x85ebca6b | 0;
/** What a hash starts from: at the start of a word, and within one ("##"). */
export const WORD_SEED = 0x3c6ef372;
export const REST_SEED = 0x5bd1e995;

/** The hash of the units so far and of one more. */
export function stepHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, STEP);
}

/** Of a hash's last step; unsigned. One to one. */
export function keyOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), MIX) >>> 0;
}

/** Units of a piece's start that the index knows the longest piece for. */
export const PREFIX_UNITS = 3;
const PREFIX_BITS = 15;
export const PREFIXES = 2 ** PREFIX_BITS;

export function prefixOf(key: number): number {
  return key >>> (32 - PREFIX_BITS);
}

/** Keys that are compared at a time: no bucket holds more. */
export const BUCKET_KEYS = 8;

export interface PieceIndex {
  /** There are 2^bits buckets. */
  readonly bits: number;
  /** Units of the longest piece. */
  readonly longest: number;
  /** By `prefixOf` the first three units' key, the units of the longest piece that begins so; 0 if none does. */
  readonly lengths: Uint8Array;
  /** 2^bits + 1: the row of each bucket's first key. */
  readonly starts: Uint32Array;
  /** Ascending; behind them, `BUCKET_KEYS` zeros that belong to no bucket. */
  readonly keys: Uint32Array;
}

export interface IndexedPieces {
  readonly index: PieceIndex;
  /** By row, the place of its piece in the vocabulary. */
  readonly places: Uint32Array;
}

/** The row of a key; -1 if there is no such piece. */
export function findRow({ bits, starts, keys }: PieceIndex, key: number): number {
  const bucket = key >>> (32 - bits);
  const end = starts[bucket + 1] ?? 0;
  for (let row = starts[bucket] ?? 0; row < end; row++) if (keys[row] === key) return row;
  return -1;
}

/**
 * `##` marks what continues a word. Pieces that no text leads to are left out: marks in brackets, accents where they are stripped, ideographs within
 * a word; so is the later of two with one key (1 in 10 that a vocabulary of 30,000 has such a pair).
 */
export function indexPieces(vocabulary: readonly string[], units: Uint16Array): IndexedPieces {
  const places = new Map<number, number>();
  const lengths = new Uint8Array(PREFIXES);
  let longest = 0;
  for (const [place, piece] of vocabulary.entries()) {
    const isRest = piece.length > 2 && piece.startsWith('##');
    const offset = isRest ? 2 : 0;
    // By code units: an iterator would go by code points.
    const mapped = Array.from({ length: piece.length - offset }, (_, i) => units[piece.charCodeAt(i + offset)] ?? 0);
    if (!isReachable(piece, mapped, isRest)) continue;
    let hash = isRest ? REST_SEED : WORD_SEED;
    for (const [i, unit] of mapped.entries()) {
      hash = stepHash(hash, unit);
      if (i + 1 !== PREFIX_UNITS) continue;
      const prefix = prefixOf(keyOf(hash));
      lengths[prefix] = Math.max(lengths[prefix] ?? 0, mapped.length);
    }
    const key = keyOf(hash);
    if (places.has(key)) continue;
    places.set(key, place);
    longest = Math.max(longest, mapped.length);
  }
  const sorted = [...places.keys()].toSorted((a, b) => a - b);
  const keys = new Uint32Array(sorted.length + BUCKET_KEYS);
  keys.set(sorted);
  const { bits, starts } = bucketsOf(sorted);
  return {
    index: { bits, longest, lengths, starts, keys },
    places: Uint32Array.from(sorted, (key) => places.get(key) ?? 0),
  };
}

const LONGEST_PIECE = 255;

function isReachable(piece: string, units: readonly number[], isRest: boolean): boolean {
  if (units.length === 0 || units.length > LONGEST_PIECE || (piece.length > 1 && /^\[.*\]$/u.test(piece))) return false;
  if (units.length === 1 && !isRest) return (units[0] ?? 0) > SKIPPED;
  return units.every((unit) => unit > SKIPPED && unit < ALONE);
}

function bucketsOf(keys: readonly number[]): { bits: number; starts: Uint32Array } {
  for (let bits = Math.max(4, Math.ceil(Math.log2(keys.length + 1))); ; bits++) {
    const starts = new Uint32Array(2 ** bits + 1);
    for (const key of keys) starts[(key >>> (32 - bits)) + 1] = (starts[(key >>> (32 - bits)) + 1] ?? 0) + 1;
    if (starts.some((count) => count > BUCKET_KEYS)) continue;
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    return { bits, starts };
  }
}
