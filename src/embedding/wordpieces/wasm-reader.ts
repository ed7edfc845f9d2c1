// A wordpiece table in WebAssembly: sums of a text's rows, and heads that lie beside the table in the same memory.
import { ROW_COLUMNS } from '../linear-heads.ts';
import type { TableReader } from './reader.ts';
import { COLUMN_STEP, type TableData } from './table-file.ts';
import { copyWalk, HEADS_ROOM, openWalk, placeHeads } from './walk-memory.ts';

/** Undefined where WebAssembly or its 128-bit lanes are missing. */
export function createWasmReader(table: TableData): TableReader | undefined {
  const opened = openWalk(table);
  if (opened === undefined) return undefined;
  const { layout, memory: first } = opened;
  const { sums, write, sum } = first;
  /** Where the next heads go. */
  let memory = first;
  let placed = 0;

  return {
    engine: 'wasm',
    sums,
    read: (text, columns) => sum(write(text), columns),
    heads({ rows: weights, scales, biases, matrix }) {
      if (placed === HEADS_ROOM) {
        memory = copyWalk(layout, first);
        placed = 0;
      }
      const place = placeHeads(layout, memory.buffer, placed++);
      place.biases.set(biases);
      place.scales.set(scales);
      place.matrix.set(matrix);
      place.weights.set(weights);
      const { heads, rows } = place;
      const { logits, read, write: writeText } = memory;
      const entries = Math.ceil(matrix.length / ROW_COLUMNS / COLUMN_STEP) * COLUMN_STEP;
      return { engine: 'wasm', logits, read: (text) => read(writeText(text), heads, rows, entries) };
    },
  };
}
