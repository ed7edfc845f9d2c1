// A linear model over hashed features and the first columns of the wordpiece table's vector: a text -> one logit a column.
import { ROW_COLUMNS, type WordpieceTable } from '../embedding/index.ts';
import { doubles } from './slab.ts';

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

/** `rows`: the weights as heads take them. */
export function createLinearView(
  { scales, biases, denseScales, dense }: ViewWeights,
  rows: Int8Array,
  table: WordpieceTable,
): (text: string) => Logits {
  const count = scales.length;
  const matrix = new Float32Array((dense.length / count) * ROW_COLUMNS);
  for (const [i, weight] of dense.entries()) {
    const k = i % count;
    matrix[Math.floor(i / count) * ROW_COLUMNS + k] = weight * (denseScales[k] ?? 0);
  }
  const { logits, read } = table.heads({ rows, scales, biases, matrix });
  return (text) => {
    const features = read(text);
    const columns = doubles(count);
    for (let k = 0; k < count; k++) columns[k] = logits[k] as number;
    return { columns, features };
  };
}
