// Which engine adds up features and multiplies vectors: WebAssembly with 128-bit lanes, or plain JavaScript where there is none.
import { createPlainProduct, type DenseProduct } from './dense-product.ts';
import type { FeatureSums } from './feature-sums.ts';
import { createPlainSums } from './plain-sums.ts';
import { createWasmProduct } from './wasm-product.ts';
import { createWasmSums } from './wasm-sums.ts';

/** rows: int8, `ROWS` x `ROW_COLUMNS`; copied. */
export function createFeatureSums(rows: Int8Array): FeatureSums {
  return createWasmSums(rows) ?? createPlainSums(rows);
}

/** matrix: `ROW_COLUMNS` columns, a row an entry of the vector; copied. */
export function createDenseProduct(matrix: Float32Array): DenseProduct {
  return createWasmProduct(matrix) ?? createPlainProduct(matrix);
}
