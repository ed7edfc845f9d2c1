// The memory of text-walk.wat: lays it out, fills it with a wordpiece table, writes each text into it as UTF-16.
import { readFileSync } from 'node:fs';
import { ownFile } from '../../base/index.ts';
import { UNITS } from '../characters.ts';
import { HEAD_UNITS, TAIL_UNITS } from '../features.ts';
import { ROW_COLUMNS, ROWS } from '../linear-heads.ts';
import { bucketLines } from './bucket-lines.ts';
import type { TableData } from './table-file.ts';

const MODULE = ownFile('embedding/assets/text-walk.wasm');

// Byte offsets of the map in text-walk.wat.
const LENGTHS = 0x40000;
const TEXT = 0x48000;
const SUMS = 0x60000;
const LOGITS = 0x60900;
const SCALES = 0x61000;
const BUCKETS = 0x62000;
const PAGE = 0x10000;
/** Heads begin with their biases, then their scales, then their matrix. */
const HEAD_SCALES = 0x100;
const HEAD_MATRIX = 0x200;

/** Up to this length a text is written whole, and its middle left out there: one call instead of two, and no substring. */
const WRITTEN_UNITS = 4_096;
const BLANK = 32;

/** Heads that a memory has room for: the whole text's and its ends'. Pages that are not filled take no memory. */
export const HEADS_ROOM = 2;

export interface WalkMemory {
  readonly buffer: ArrayBuffer;
  /** One a column, of the text that was read last. */
  readonly sums: Int32Array;
  readonly logits: Float64Array;
  /** Writes a text and returns the number of units to read. */
  readonly write: (text: string) => number;
  /** Of written units; writes the first `columns` of `sums` and returns the number of pieces. */
  readonly sum: (units: number, columns: number) => number;
  /** Of written units and heads that lie at `heads`, their rows at `rows`; writes `logits` and returns the number of features. */
  readonly read: (units: number, heads: number, rows: number, entries: number) => number;
}

/** Where heads lie, and the parts of them. */
export interface HeadPlace {
  readonly heads: number;
  readonly rows: number;
  readonly biases: Float64Array;
  readonly scales: Float64Array;
  /** Of all columns of the table. */
  readonly matrix: Float32Array;
  readonly weights: Int8Array;
}

/** Byte offsets and sizes of what follows the map, and what instances are made of; nothing of the table itself. */
export interface WalkLayout {
  readonly module: object;
  readonly globals: Readonly<Record<'shift' | 'longest' | 'buckets' | 'rows' | 'stride', number>>;
  readonly pages: number;
  readonly columns: number;
  readonly headsAt: number;
  readonly headBytes: number;
  /** Within heads. */
  readonly rowsAt: number;
}

/** A memory with the table in it; undefined where WebAssembly or its 128-bit lanes are missing. */
export function openWalk({
  units,
  index,
  scales,
  rows,
  columns,
}: TableData): { readonly layout: WalkLayout; readonly memory: WalkMemory } | undefined {
  const bytes = readFileSync(MODULE);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return undefined;
  const { bits, lines } = bucketLines(index.keys.subarray(0, rows.length / columns));
  const tableRows = aligned(BUCKETS + lines.byteLength);
  const headsAt = aligned(tableRows + rows.length);
  const rowsAt = aligned(HEAD_MATRIX + 4 * ROW_COLUMNS * columns);
  const headBytes = rowsAt + ROWS * ROW_COLUMNS;
  const layout = {
    module: new WebAssembly.Module(bytes),
    globals: { shift: 32 - bits, longest: 4 * index.longest, buckets: BUCKETS, rows: tableRows, stride: columns },
    pages: Math.ceil((headsAt + HEADS_ROOM * headBytes) / PAGE),
    columns,
    headsAt,
    headBytes,
    rowsAt,
  };
  const memory = openEmpty(layout);
  const { buffer } = memory;
  const both = new Uint32Array(buffer, 0, units.length);
  for (let unit = 0; unit < both.length; unit++) both[unit] = (UNITS[unit] ?? 0) | ((units[unit] ?? 0) << 16);
  new Uint8Array(buffer, LENGTHS).set(index.lengths);
  new Float32Array(buffer, SCALES).set(scales);
  new Uint32Array(buffer, BUCKETS).set(lines);
  new Int8Array(buffer, tableRows).set(rows);
  return { layout, memory };
}

/** Another with the same table in it, and no heads. */
export function copyWalk(layout: WalkLayout, memory: WalkMemory): WalkMemory {
  const other = openEmpty(layout);
  new Uint8Array(other.buffer).set(new Uint8Array(memory.buffer, 0, layout.headsAt));
  return other;
}

/** `nth`: below `HEADS_ROOM`. */
export function placeHeads(
  { columns, headsAt, headBytes, rowsAt }: WalkLayout,
  buffer: ArrayBuffer,
  nth: number,
): HeadPlace {
  const heads = headsAt + nth * headBytes;
  return {
    heads,
    rows: heads + rowsAt,
    biases: new Float64Array(buffer, heads, ROW_COLUMNS),
    scales: new Float64Array(buffer, heads + HEAD_SCALES, ROW_COLUMNS),
    matrix: new Float32Array(buffer, heads + HEAD_MATRIX, ROW_COLUMNS * columns),
    weights: new Int8Array(buffer, heads + rowsAt, ROWS * ROW_COLUMNS),
  };
}

function openEmpty({ module, globals, pages, columns }: WalkLayout): WalkMemory {
  const memory = new WebAssembly.Memory({ initial: pages });
  const { sum, read } = new WebAssembly.Instance(module, { table: { memory, ...globals } }).exports as unknown as Pick<
    WalkMemory,
    'sum' | 'read'
  >;
  const { buffer } = memory;
  return {
    buffer,
    sums: new Int32Array(buffer, SUMS, columns),
    logits: new Float64Array(buffer, LOGITS, ROW_COLUMNS),
    write: textWriter(Buffer.from(buffer, TEXT, 2 * WRITTEN_UNITS)),
    sum,
    read,
  };
}

function textWriter(text16: Buffer): (text: string) => number {
  return (text) => {
    const { length } = text;
    if (length <= WRITTEN_UNITS) {
      text16.write(text, 0, 2 * length, 'utf16le');
      return length;
    }
    const tail = 2 * (HEAD_UNITS + 1);
    text16.write(text, 0, 2 * HEAD_UNITS, 'utf16le');
    text16.writeUInt16LE(BLANK, tail - 2);
    text16.write(text.slice(-TAIL_UNITS), tail, 2 * TAIL_UNITS, 'utf16le');
    return HEAD_UNITS + 1 + TAIL_UNITS;
  };
}

/** To a page of the system's memory. */
function aligned(offset: number): number {
  return Math.ceil(offset / 4_096) * 4_096;
}
