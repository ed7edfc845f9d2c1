// Floating-point rows of a vocabulary -> the bytes of a table: what texts lead to, in the order of the index, as int8.
import { indexPieces } from '../wordpieces/piece-index.ts';
import { encodeTable } from '../wordpieces/table-file.ts';
import { type Normalizer, unitMap } from '../wordpieces/unit-map.ts';

export interface FloatTable {
  readonly name: string;
  readonly columns: number;
  readonly normalizer: Normalizer;
  readonly vocabulary: readonly string[];
  /** vocabulary x columns, weights included. */
  readonly rows: Float32Array;
}

/** Entries beyond this many standard deviations of their column are cut: few, and the others get finer steps. */
const CUT_DEVIATIONS = 6;

export function quantise({ name, columns, normalizer, vocabulary, rows }: FloatTable): Uint8Array {
  const units = unitMap(normalizer);
  const { index, places } = indexPieces(vocabulary, units);
  const scales = new Float32Array(columns);
  const quantised = new Int8Array(places.length * columns);
  for (let k = 0; k < columns; k++) {
    let [squares, most] = [0, 0];
    for (const place of places) {
      const value = Math.abs(rows[place * columns + k] ?? 0);
      squares += value * value;
      most = Math.max(most, value);
    }
    const cut = Math.min(most, CUT_DEVIATIONS * Math.sqrt(squares / places.length));
    const scale = cut / 127 || 1;
    scales[k] = scale;
    for (const [row, place] of places.entries()) {
      const step = Math.round((rows[place * columns + k] ?? 0) / scale);
      quantised[row * columns + k] = Math.max(-127, Math.min(127, step));
    }
  }
  return encodeTable({ name, columns, units, index, scales, rows: quantised });
}
