// The contract of what takes a text to the sums of its features' weight rows: all that a linear model over hashed features needs.

/** Weights a row, so that a row is one 128-bit load. */
export const ROW_COLUMNS = 16;

export interface FeatureSums {
  readonly engine: 'wasm' | 'plain';
  /** `ROW_COLUMNS` sums over the features of the text that was read last, exact. */
  readonly sums: Int32Array;
  /** Writes `sums` and returns the number of features. Takes any string, never throws, keeps nothing of it. */
  read(text: string): number;
}
