// The contract of what takes a text to the sum of its pieces' rows.
import type { HeadWeights, LinearHeads } from '../linear-heads.ts';

export interface TableReader {
  readonly engine: 'wasm' | 'plain';
  /** One a column: sums over the pieces of the text that was read last, exact. */
  readonly sums: Int32Array;
  /**
   * Writes the first `columns` (a multiple of `COLUMN_STEP`) of `sums` and returns the number of pieces. Takes any string, never throws,
   * keeps nothing of it.
   */
  readonly read: (text: string, columns: number) => number;
  /** Heads that read features and pieces in one walk; absent where that is no faster. */
  readonly heads?: (weights: HeadWeights) => LinearHeads;
}
