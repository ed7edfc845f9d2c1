// A dense vector times a matrix, in single precision: the definition that the WebAssembly is held to, and what runs where there is none.
import { ROW_COLUMNS } from './feature-sums.ts';

export interface DenseProduct {
  readonly engine: 'wasm' | 'plain';
  /** `ROW_COLUMNS` of them, of the vector that was multiplied last. */
  readonly product: Float32Array;
  /** Writes `product`; reads as many entries of the vector as the matrix has rows. */
  readonly multiply: (vector: Float32Array) => void;
}

/** `matrix`: `ROW_COLUMNS` columns, a row an entry of the vector. */
export function createPlainProduct(matrix: Float32Array): DenseProduct {
  const own = matrix.slice();
  const entries = own.length / ROW_COLUMNS;
  const product = new Float32Array(ROW_COLUMNS);
  return {
    engine: 'plain',
    product,
    multiply(vector) {
      product.fill(0);
      for (let d = 0; d < entries; d++) {
        const x = vector[d] ?? 0;
        for (let k = 0; k < ROW_COLUMNS; k++) {
          product[k] = (product[k] ?? 0) + Math.fround(x * (own[d * ROW_COLUMNS + k] ?? 0));
        }
      }
    },
  };
}
