// Sums of a text's rows in plain JavaScript: the definition that the WebAssembly is held to, and what runs where there is none.
import { HEAD_UNITS, TAIL_UNITS } from '../features.ts';
import { findRow, keyOf, PREFIX_UNITS, prefixOf, REST_SEED, stepHash, WORD_SEED } from './piece-index.ts';
import type { TableReader } from './reader.ts';
import type { TableData } from './table-file.ts';
import { ALONE, BLANK, SKIPPED } from './unit-map.ts';

export function createPlainReader({ units, index, rows, columns }: TableData): TableReader {
  const sums = new Int32Array(columns);
  /** Units of the word so far. */
  const word = new Uint16Array(HEAD_UNITS + TAIL_UNITS + 2);
  const hashes = new Int32Array(Math.max(PREFIX_UNITS, index.longest));
  let pieces = 0;

  function addRow(row: number): void {
    pieces++;
    for (let k = 0; k < columns; k++) sums[k] = (sums[k] ?? 0) + (rows[row * columns + k] ?? 0);
  }

  /** Takes the longest piece there is, then goes on behind it; a unit that begins no piece is left out. */
  function addWord(length: number): void {
    let at = 0;
    while (at < length) at += addPiece(at, Math.min(length - at, index.longest));
  }

  /** Returns the number of units that it took. */
  function addPiece(at: number, most: number): number {
    let hash = at === 0 ? WORD_SEED : REST_SEED;
    for (let i = 0; i < most; i++) {
      hash = stepHash(hash, word[at + i] ?? 0);
      hashes[i] = hash;
    }
    const prefix = prefixOf(keyOf(hashes[PREFIX_UNITS - 1] ?? 0));
    const longest = most < PREFIX_UNITS ? most : Math.max(PREFIX_UNITS - 1, index.lengths[prefix] ?? 0);
    for (let length = Math.min(most, longest); length > 0; length--) {
      const row = findRow(index, keyOf(hashes[length - 1] ?? 0));
      if (row < 0) continue;
      addRow(row);
      return length;
    }
    return 1;
  }

  function read(text: string): number {
    const isWhole = text.length <= HEAD_UNITS + TAIL_UNITS;
    const seen = isWhole ? text : `${text.slice(0, HEAD_UNITS)} ${text.slice(-TAIL_UNITS)}`;
    sums.fill(0);
    pieces = 0;
    let length = 0;
    for (let i = 0; i < seen.length; i++) {
      const unit = units[seen.charCodeAt(i)] ?? BLANK;
      if (unit === SKIPPED) continue;
      if (unit > SKIPPED && unit < ALONE) {
        word[length++] = unit;
        continue;
      }
      addWord(length);
      length = 0;
      if (unit === BLANK) continue;
      word[0] = unit;
      addWord(1);
    }
    addWord(length);
    return pieces;
  }

  return { engine: 'plain', sums, read };
}
