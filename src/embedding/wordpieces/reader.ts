// The contract of what takes a text to the sum of its pieces' rows.

export interface TableReader {
  readonly engine: 'wasm' | 'plain';
  /** One a column: sums over the pieces of the text that was read last, exact. */
  readonly sums: Int32Array;
  /**
   * Writes the first `columns` (a multiple of `COLUMN_STEP`) of `sums` and returns the number of pieces. Takes any string, never throws,
   * keeps nothing of it.
   */
  readonly read: (text: string, columns: number) => number;
}
