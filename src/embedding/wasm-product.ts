// A dense vector times a matrix in WebAssembly: the matrix is put into the module's memory once, each vector when it comes.
import { ownFile } from '../base/index.ts';
import { readFileSync } from 'node:fs';
import type { DenseProduct } from './dense-product.ts';
import { ROW_COLUMNS } from './feature-sums.ts';

const MODULE = ownFile('embedding/assets/dense-product.wasm');

// Byte offsets of the map in dense-product.wat.
const MATRIX = 0;
const VECTOR = 0x8000;
const PRODUCT = 0x9000;
/** Entries of a vector that there is room for. */
const MOST_ENTRIES = 256;

/** Undefined where WebAssembly or its 128-bit lanes are missing, and for longer vectors. */
export function createWasmProduct(matrix: Float32Array): DenseProduct | undefined {
  const entries = matrix.length / ROW_COLUMNS;
  const bytes = readFileSync(MODULE);
  if (entries > MOST_ENTRIES || typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return undefined;
  const { memory, multiply } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof multiply !== 'function') return undefined;
  new Float32Array(memory.buffer, MATRIX).set(matrix);
  const input = new Float32Array(memory.buffer, VECTOR, entries);
  return {
    engine: 'wasm',
    product: new Float32Array(memory.buffer, PRODUCT, ROW_COLUMNS),
    multiply(vector) {
      for (let d = 0; d < entries; d++) input[d] = vector[d] ?? 0;
      multiply(entries);
    },
  };
}
