// The wordpiece table: a text -> a dense unit vector that stands near the vectors of texts that mean the same, in microseconds.
import { readFileSync } from 'node:fs';
import { ownFile } from '../../base/index.ts';
import { embeddingErrors } from '../errors.ts';
import { type HeadWeights, type LinearHeads, ROW_COLUMNS } from '../linear-heads.ts';
import { createPlainHeads } from '../plain-heads.ts';
import { createPlainReader } from './plain-reader.ts';
import type { TableReader } from './reader.ts';
import { COLUMN_STEP, decodeTable, type TableData } from './table-file.ts';
import { createWasmReader } from './wasm-reader.ts';

export interface WordpieceTable {
  readonly engine: 'wasm' | 'plain';
  readonly columns: number;
  /** Changes with every byte of the table's file. */
  readonly fingerprint: string;
  /**
   * The mean of the rows of the text's wordpieces, of length 1; all zeros where no piece is known. Reads what `features.ts` reads of a
   * text, never throws. The vector is reused: it is valid until the next call.
   */
  readonly read: (text: string) => Float32Array;
  /**
   * The table of the first `columns` (a multiple of `COLUMN_STEP`) columns, over the same bytes: as these fall in what they say, it says most of it
   * for half the memory read. Its fingerprint is the whole's.
   */
  readonly first: (columns: number) => WordpieceTable;
  /** Linear heads over hashed features and the first entries of this table's vector, read in one walk over a text. */
  readonly heads: (weights: HeadWeights) => LinearHeads;
}

const ASSET = ownFile('embedding/assets/wordpieces.bin');
/** Classifier and topics share it; who reads uses the vector before another does. */
let builtIn: WordpieceTable | undefined;

/**
 * The table that comes with Sluice, read once, or the file of another (`sluice distill`). Some 4 MB stay in memory. Throws
 * SLUICE_EMBEDDING_TABLE.
 */
export function loadWordpieceTable(file?: string | URL): WordpieceTable {
  return file === undefined ? (builtIn ??= readTable(ASSET)) : readTable(file);
}

function readTable(file: string | URL): WordpieceTable {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw embeddingErrors.table.with({ cause: error }, `cannot be read: ${why}`);
  }
  return openWordpieceTable(bytes);
}

/** The bytes of a table's file. Throws SLUICE_EMBEDDING_TABLE that names what is wrong with them. */
export function openWordpieceTable(
  bytes: Uint8Array,
  createReader: (table: TableData) => TableReader = (table) => createWasmReader(table) ?? createPlainReader(table),
): WordpieceTable {
  const table = decodeTable(bytes);
  const reader = createReader(table);
  const fingerprint = `wordpieces-${table.columns}-${table.digest}`;
  // Copied, so that the bytes need not stay in memory.
  const scales = table.scales.slice();
  const tableOf = (columns: number): WordpieceTable => {
    const first = (count: number): WordpieceTable =>
      tableOf(Math.min(columns, Math.ceil(count / COLUMN_STEP) * COLUMN_STEP));
    return {
      engine: reader.engine,
      columns,
      fingerprint,
      read: vectorReader(reader, scales.subarray(0, columns)),
      first,
      heads: (weights) =>
        reader.heads?.(weights) ?? createPlainHeads(weights, first(weights.matrix.length / ROW_COLUMNS).read),
    };
  };
  return tableOf(table.columns);
}

function vectorReader({ sums, read }: TableReader, scales: Float32Array): (text: string) => Float32Array {
  const columns = scales.length;
  const vector = new Float32Array(columns);
  return (text) => {
    if (read(text, columns) === 0) return vector.fill(0);
    let squares = 0;
    for (let k = 0; k < columns; k++) {
      const value = (sums[k] as number) * (scales[k] as number);
      vector[k] = value;
      squares += value * value;
    }
    const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k = 0; k < columns; k++) vector[k] = (vector[k] as number) * factor;
    return vector;
  };
}
