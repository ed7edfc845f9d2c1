// The contract of what takes a text to the sums of its features' weight rows: all that a linear model over hashed features needs.

/** Weights a row: half a line of the processor's cache, so that no row lies in two. */
export const ROW_COLUMNS = 32;

/** Rows of weights: features 2r and 2r + 1 share row r, so that a table stays within the processor's second cache. */
export const ROWS = 2 ** 15;

export interface FeatureSums {
  readonly engine: 'wasm' | 'plain';
  /** `ROW_COLUMNS` sums over the features of the text that was read last, exact. */
  readonly sums: Int32Array;
  /** Writes `sums` and returns the number of features. Takes any string, never throws, keeps nothing of it. */
  readonly read: (text: string) => number;
}
