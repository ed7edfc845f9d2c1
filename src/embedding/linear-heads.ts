// The contract of what takes a text to the logits of linear heads over its hashed features and a wordpiece table's vector.

/** Columns of all heads together: half a line of the processor's cache a row, so that no row lies in two. */
export const ROW_COLUMNS = 32;

/** Rows of weights: features 2r and 2r + 1 share row r, so that a table stays within the processor's second cache. */
export const ROWS = 2 ** 15;

/**
 * logit[k] = biases[k] + scales[k] / sqrt(n) * sum over the text's n features of rows[row * ROW_COLUMNS + k]
 *   + sum over d of v[d] * matrix[d * ROW_COLUMNS + k], in single precision, where v is the table's unit vector of the text.
 */
export interface HeadWeights {
  /** `ROWS` x `ROW_COLUMNS`; copied. */
  readonly rows: Int8Array;
  /** At most `ROW_COLUMNS` of both. */
  readonly scales: readonly number[];
  readonly biases: readonly number[];
  /** A row of `ROW_COLUMNS` for each of the vector's first entries. */
  readonly matrix: Float32Array;
}

export interface LinearHeads {
  readonly engine: 'wasm' | 'plain';
  /** `ROW_COLUMNS` of the text that was read last; valid until something of the same table is read. */
  readonly logits: Float64Array;
  /** Writes `logits` and returns the number of features. Takes any string, never throws, keeps nothing of it. */
  readonly read: (text: string) => number;
}
