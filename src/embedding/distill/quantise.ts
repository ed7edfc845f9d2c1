// Floating-point rows -> the bytes of a table, int8.
import type { PieceIndex } from '../wordpieces/piece-index.ts';
import { encodeTable } from '../wordpieces/table-file.ts';

export interface FloatTable {
  readonly name: string;
  readonly columns: number;
  readonly units: Uint16Array;
  readonly index: PieceIndex;
  /** In the index's order, rows x columns, weights included. */
  readonly rows: Float32Array;
}

/** Entries beyond this many standard deviations of their column are cut: few, and the others get finer steps. */
const CUT_DEVIATIONS = 6;
const LARGEST = 127;

export function quantise({ name, columns, units, index, rows }: FloatTable): Uint8Array {
  const scales = new Float32Array(columns);
  const quantised = new Int8Array(rows.length);
  for (let k = 0; k < columns; k++) {
    let [squares, most] = [0, 0];
    for (let i = k; i < rows.length; i += columns) {
      const value = Math.abs(rows[i] ?? 0);
      squares += value * value;
      most = Math.max(most, value);
    }
    const deviation = Math.sqrt((squares * columns) / rows.length);
    const scale = Math.min(most, CUT_DEVIATIONS * deviation) / LARGEST || 1;
    scales[k] = scale;
    for (let i = k; i < rows.length; i += columns) {
      quantised[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round((rows[i] ?? 0) / scale)));
    }
  }
  return encodeTable({ name, columns, units, index, scales, rows: quantised });
}
