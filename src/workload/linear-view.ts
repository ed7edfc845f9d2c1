// A linear model over hashed features and the first columns of the wordpiece table's vector: a text -> one logit a column.
import { type DenseProduct, type FeatureSums, ROW_COLUMNS } from '../embedding/index.ts';

/** One logit a column, and how many features they are from. */
export interface Logits {
  readonly columns: Float64Array;
  readonly features: number;
}

/** Int8 weights and what they are in units of, a scale and a bias a column. */
export interface ViewWeights {
  readonly scales: readonly number[];
  readonly biases: readonly number[];
  /** Added to logit[k]: sum over d of denseScales[k] * dense[d * columns + k] * v[d], for the entries of the table's unit vector v. */
  readonly denseScales: readonly number[];
  readonly dense: Int8Array;
  /**
   * logit[k] = biases[k] + scales[k] * sum over the text's n features of weights[row * width + k] / sqrt(n); rows are as wide as
   * `widthOf` says.
   */
  readonly weights: Int8Array;
}

/** What adds up: both are of this process, or of plain JavaScript. */
export interface Engines {
  readonly sums: (rows: Int8Array) => FeatureSums;
  readonly product: (matrix: Float32Array) => DenseProduct;
}

/** `rows`: the weights as an engine takes them; `vector` reads a text's dense vector. */
export function createLinearView(
  { scales, biases, denseScales, dense }: ViewWeights,
  rows: Int8Array,
  engines: Engines,
  vector: (text: string) => Float32Array,
): (text: string) => Logits {
  const count = scales.length;
  const { sums, read } = engines.sums(rows);
  const matrix = new Float32Array((dense.length / count) * ROW_COLUMNS);
  for (const [i, weight] of dense.entries()) {
    const k = i % count;
    matrix[Math.floor(i / count) * ROW_COLUMNS + k] = weight * (denseScales[k] ?? 0);
  }
  const { product, multiply } = engines.product(matrix);
  const biasOf = Float64Array.from(biases);
  const scaleOf = Float64Array.from(scales);
  return (text) => {
    const features = read(text);
    // What the embedder gives every feature of the text as value.
    const value = features > 0 ? 1 / Math.sqrt(features) : 0;
    multiply(vector(text));
    const columns = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      columns[k] =
        (biasOf[k] as number) + (scaleOf[k] as number) * value * (sums[k] as number) + (product[k] as number);
    }
    return { columns, features };
  };
}
