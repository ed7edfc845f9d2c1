// Texts as counts of a table's rows, and how often each row occurs in them.
import type { PieceIndex } from '../wordpieces/piece-index.ts';
import { createPieceWalk, MOST_PIECES } from '../wordpieces/piece-walk.ts';
import type { TextRows } from './fit-rows.ts';

/** `total`, by row. */
export interface CountedTexts extends TextRows {
  readonly total: Float64Array;
}

export function countRows(
  texts: readonly string[],
  units: Uint16Array,
  index: PieceIndex,
  rowCount: number,
): CountedTexts {
  const walk = createPieceWalk(units, index);
  const list = new Uint32Array(MOST_PIECES);
  const total = new Float64Array(rowCount);
  const starts = new Uint32Array(texts.length + 1);
  const rows: number[] = [];
  const counts: number[] = [];
  for (const [t, text] of texts.entries()) {
    const found = new Map<number, number>();
    for (const row of list.subarray(0, walk(text, list))) found.set(row, (found.get(row) ?? 0) + 1);
    for (const [row, count] of found) {
      rows.push(row);
      counts.push(count);
      total[row] = (total[row] ?? 0) + count;
    }
    starts[t + 1] = rows.length;
  }
  return { starts, rows: Uint32Array.from(rows), counts: Float32Array.from(counts), total };
}
