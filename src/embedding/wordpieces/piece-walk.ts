// From a text to the rows of its wordpieces: BERT's greedy longest match over the head and the tail of a text. The definition; `text-walk.wat` repeats it.
import { HEAD_UNITS, TAIL_UNITS } from '../features.ts';
import {
  findRow,
  keyOf,
  PREFIX_UNITS,
  prefixOf,
  REST_SEED,
  stepHash,
  WORD_SEED,
  type PieceIndex,
} from './piece-index.ts';
import { ALONE, BLANK, SKIPPED } from './unit-map.ts';

/** Of one text: a piece has a unit at least. */
export const MOST_PIECES = HEAD_UNITS + TAIL_UNITS + 1;

/** Writes the row of each piece into `list` (at least `MOST_PIECES` long), in no particular order, and returns their number. */
export type PieceWalk = (text: string, list: Uint32Array) => number;

export function createPieceWalk(units: Uint16Array, index: PieceIndex): PieceWalk {
  /** Units of the word so far. */
  const word = new Uint16Array(MOST_PIECES);
  const hashes = new Int32Array(Math.max(PREFIX_UNITS, index.longest));

  return (text, list) => {
    const isWhole = text.length <= HEAD_UNITS + TAIL_UNITS;
    const seen = isWhole ? text : `${text.slice(0, HEAD_UNITS)} ${text.slice(-TAIL_UNITS)}`;
    let pieces = 0;
    let length = 0;

    /** Takes the longest piece there is, then goes on behind it; a unit that begins no piece is left out. */
    function closeWord(): void {
      for (let at = 0; at < length;) at += takePiece(at, Math.min(length - at, index.longest));
      length = 0;
    }

    /** Returns the number of units that it took. */
    function takePiece(at: number, most: number): number {
      let hash = at === 0 ? WORD_SEED : REST_SEED;
      for (let i = 0; i < most; i++) {
        hash = stepHash(hash, word[at + i] ?? 0);
        hashes[i] = hash;
      }
      const prefix = prefixOf(keyOf(hashes[PREFIX_UNITS - 1] ?? 0));
      const longest = most < PREFIX_UNITS ? most : Math.max(PREFIX_UNITS - 1, index.lengths[prefix] ?? 0);
      for (let units = Math.min(most, longest); units > 0; units--) {
        const row = findRow(index, keyOf(hashes[units - 1] ?? 0));
        if (row < 0) continue;
        list[pieces++] = row;
        return units;
      }
      return 1;
    }

    for (let i = 0; i < seen.length; i++) {
      const unit = units[seen.charCodeAt(i)] ?? BLANK;
      if (unit === SKIPPED) continue;
      if (unit > SKIPPED && unit < ALONE) {
        word[length++] = unit;
        continue;
      }
      closeWord();
      if (unit === BLANK) continue;
      word[length++] = unit;
      closeWord();
    }
    closeWord();
    return pieces;
  };
}
