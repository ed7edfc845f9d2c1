// The file of a wordpiece table: a checked header, what finds a piece, int8 rows; all in the form in which it is used.
import { createHash } from 'node:crypto';
import { embeddingErrors } from '../errors.ts';
import { BUCKET_KEYS, PREFIXES, type PieceIndex } from './piece-index.ts';

export interface TableData {
  /** Of the encoder it was made from; at most 32 ASCII characters. */
  readonly name: string;
  /** A multiple of `COLUMN_STEP`. */
  readonly columns: number;
  /** What each UTF-16 code unit is: see `unit-map.ts`. */
  readonly units: Uint16Array;
  readonly index: PieceIndex;
  /** One a column: a vector is the sum of its pieces' rows times these, then of length 1. */
  readonly scales: Float32Array;
  /** pieces x columns, from -127 to 127, with the pieces' weights in them. */
  readonly rows: Int8Array;
}

/** Columns that are added up at a time. */
export const COLUMN_STEP = 64;
export const MOST_COLUMNS = 512;

const MAGIC = 'SLUPIECE';
const VERSION = 1;
/** magic 8, version 4, checksum 4, columns 4, pieces 4, bits 4, longest 4, name 32. */
const HEADER_BYTES = 64;
const CHECKSUM = 12;
const NAME = 32;
const UNITS = 0x10000;
const MOST_BITS = 20;

interface Shape {
  readonly columns: number;
  readonly pieces: number;
  readonly bits: number;
}

/** Byte offsets of the sections, each a multiple of 16, and where the last ends. */
function layoutOf({ columns, pieces, bits }: Shape) {
  const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;
  const scales = HEADER_BYTES;
  const units = scales + aligned(4 * columns);
  const lengths = units + 2 * UNITS;
  const starts = lengths + PREFIXES;
  const keys = starts + aligned(4 * (2 ** bits + 1));
  const rows = keys + aligned(4 * (pieces + BUCKET_KEYS));
  return { scales, units, lengths, starts, keys, rows, end: rows + pieces * columns };
}

export function encodeTable({ name, columns, units, index, scales, rows }: TableData): Uint8Array {
  const pieces = rows.length / columns;
  const layout = layoutOf({ columns, pieces, bits: index.bits });
  const bytes = new Uint8Array(layout.end);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  bytes.set(Buffer.from(name, 'latin1').subarray(0, HEADER_BYTES - NAME), NAME);
  for (const [i, value] of [VERSION, 0, columns, pieces, index.bits, index.longest].entries()) {
    view.setUint32(8 + 4 * i, value, true);
  }
  const put = (section: ArrayBufferView, at: number): void => {
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
  };
  put(scales, layout.scales);
  put(units, layout.units);
  put(index.lengths, layout.lengths);
  put(index.starts, layout.starts);
  put(index.keys, layout.keys);
  put(rows, layout.rows);
  bytes.set(digestOf(bytes).subarray(0, 4), CHECKSUM);
  return bytes;
}

export interface DecodedTable extends TableData {
  /** Eight hexadecimal digits that follow every byte. */
  readonly digest: string;
}

/** Views of the bytes where their alignment allows. Throws SLUICE_EMBEDDING_TABLE that names what is wrong with them. */
export function decodeTable(given: Uint8Array): DecodedTable {
  const bytes = given.byteOffset % 4 === 0 ? given : given.slice();
  const { buffer, byteOffset, length } = bytes;
  const view = new DataView(buffer, byteOffset, length);
  const latin1 = Buffer.from(buffer, byteOffset, length);
  if (length < HEADER_BYTES) throw embeddingErrors.table(`${length} bytes are too few for a header`);
  if (latin1.toString('latin1', 0, 8) !== MAGIC) throw embeddingErrors.table('not a wordpiece table (wrong magic)');
  const field = (at: number): number => view.getUint32(at, true);
  if (field(8) !== VERSION) throw embeddingErrors.table(`version ${field(8)}, expected ${VERSION}`);
  const [columns, pieces, bits, longest] = [field(16), field(20), field(24), field(28)];
  if (columns === 0 || columns % COLUMN_STEP !== 0 || columns > MOST_COLUMNS || bits < 1 || bits > MOST_BITS) {
    throw embeddingErrors.table(`${columns} columns and 2^${bits} buckets cannot be`);
  }
  const layout = layoutOf({ columns, pieces, bits });
  if (length !== layout.end) throw embeddingErrors.table(`${length} bytes, but its header says ${layout.end}`);
  const digest = digestOf(bytes);
  if (digest.compare(bytes, CHECKSUM, CHECKSUM + 4, 0, 4) !== 0) {
    throw embeddingErrors.table('checksum differs, the file is damaged');
  }
  const scales = new Float32Array(buffer, byteOffset + layout.scales, columns);
  const starts = new Uint32Array(buffer, byteOffset + layout.starts, 2 ** bits + 1);
  if (!scales.every(Number.isFinite) || !isIndex(starts, pieces)) {
    throw embeddingErrors.table('a value is out of range');
  }
  return {
    name: latin1.toString('latin1', NAME, HEADER_BYTES).replace(/\0+$/, ''),
    columns,
    units: new Uint16Array(buffer, byteOffset + layout.units, UNITS),
    index: {
      bits,
      longest,
      lengths: bytes.subarray(layout.lengths, layout.lengths + PREFIXES),
      starts,
      keys: new Uint32Array(buffer, byteOffset + layout.keys, pieces + BUCKET_KEYS),
    },
    scales,
    rows: new Int8Array(buffer, byteOffset + layout.rows, pieces * columns),
    digest: digest.toString('hex', 0, 4),
  };
}

/** Rows are found through these: none may lie outside of the table. */
function isIndex(starts: Uint32Array, pieces: number): boolean {
  let before = 0;
  for (const start of starts) {
    if (start < before || start > pieces) return false;
    before = start;
  }
  return before === pieces;
}

/** Of every byte but the checksum's. */
function digestOf(bytes: Uint8Array): Buffer {
  const hash = createHash('sha256').update(bytes.subarray(0, CHECKSUM));
  return hash.update(bytes.subarray(CHECKSUM + 4)).digest();
}
