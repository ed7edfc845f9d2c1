// Linear heads in plain JavaScript: the definition that the WebAssembly is held to, and what runs where there is none.
import { hashFeatures, MAX_FEATURES } from './features.ts';
import { type HeadWeights, type LinearHeads, ROW_COLUMNS } from './linear-heads.ts';

/** `vector` reads a text's unit vector, of as many entries as the matrix has rows, or more. */
export function createPlainHeads(
  { rows, scales, biases, matrix }: HeadWeights,
  vector: (text: string) => Float32Array,
): LinearHeads {
  const own = rows.slice();
  const dense = matrix.slice();
  const entries = dense.length / ROW_COLUMNS;
  const list = new Uint16Array(MAX_FEATURES + 1);
  const sums = new Int32Array(ROW_COLUMNS);
  const product = new Float32Array(ROW_COLUMNS);
  const logits = new Float64Array(ROW_COLUMNS);

  function addRows(features: number): void {
    sums.fill(0);
    for (let i = 0; i < features; i++) {
      const row = ((list[i] ?? 0) >>> 1) * ROW_COLUMNS;
      for (let k = 0; k < ROW_COLUMNS; k++) sums[k] = (sums[k] ?? 0) + (own[row + k] ?? 0);
    }
  }

  function multiply(entriesOf: Float32Array): void {
    product.fill(0);
    for (let d = 0; d < entries; d++) {
      const x = entriesOf[d] ?? 0;
      for (let k = 0; k < ROW_COLUMNS; k++) {
        product[k] = (product[k] ?? 0) + Math.fround(x * (dense[d * ROW_COLUMNS + k] ?? 0));
      }
    }
  }

  return {
    engine: 'plain',
    logits,
    read(text) {
      const features = hashFeatures(text, list);
      addRows(features);
      multiply(vector(text));
      // What the embedder gives every feature of the text as value.
      const value = features > 0 ? 1 / Math.sqrt(features) : 0;
      for (let k = 0; k < ROW_COLUMNS; k++) {
        logits[k] = (biases[k] ?? 0) + (scales[k] ?? 0) * value * (sums[k] ?? 0) + (product[k] ?? 0);
      }
      return features;
    },
  };
}
