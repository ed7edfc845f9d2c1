// Sums of a text's rows in plain JavaScript: what the WebAssembly is held to, and what runs where there is none.
import { createPieceWalk, MOST_PIECES } from './piece-walk.ts';
import type { TableReader } from './reader.ts';
import type { TableData } from './table-file.ts';

export function createPlainReader({ units, index, rows, columns }: TableData): TableReader {
  const walk = createPieceWalk(units, index);
  const sums = new Int32Array(columns);
  const list = new Uint32Array(MOST_PIECES);
  return {
    engine: 'plain',
    sums,
    read(text, count) {
      const pieces = walk(text, list);
      sums.fill(0, 0, count);
      for (let i = 0; i < pieces; i++) {
        const row = (list[i] ?? 0) * columns;
        for (let k = 0; k < count; k++) sums[k] = (sums[k] ?? 0) + (rows[row + k] ?? 0);
      }
      return pieces;
    },
  };
}
