// Feature sums in plain JavaScript: the definition that the WebAssembly is held to, and what runs where there is none.
import { type FeatureSums, ROW_COLUMNS } from './feature-sums.ts';
import { hashFeatures, MAX_FEATURES } from './features.ts';

export function createPlainSums(rows: Int8Array): FeatureSums {
  const own = rows.slice();
  const sums = new Int32Array(ROW_COLUMNS);
  const list = new Uint16Array(MAX_FEATURES + 1);
  return {
    engine: 'plain',
    sums,
    read(text) {
      const length = hashFeatures(text, list);
      sums.fill(0);
      for (let i = 0; i < length; i++) {
        const row = ((list[i] ?? 0) >>> 1) * ROW_COLUMNS;
        for (let k = 0; k < ROW_COLUMNS; k++) sums[k] = (sums[k] ?? 0) + (own[row + k] ?? 0);
      }
      return length;
    },
  };
}
