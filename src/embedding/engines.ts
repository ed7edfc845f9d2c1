// Which engine adds up features: WebAssembly with 128-bit lanes, or plain JavaScript where there is none.
import type { FeatureSums } from './feature-sums.ts';
import { createPlainSums } from './plain-sums.ts';
import { createWasmSums } from './wasm-sums.ts';

/** rows: int8, `ROWS` x `ROW_COLUMNS`; copied. */
export function createFeatureSums(rows: Int8Array): FeatureSums {
  return createWasmSums(rows) ?? createPlainSums(rows);
}
