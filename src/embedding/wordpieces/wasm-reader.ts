// Sums of a text's rows in WebAssembly: fills the module's memory once, then writes each text into it as UTF-16 and calls it.
import { readFileSync } from 'node:fs';
import { ownFile } from '../../base/index.ts';
import { HEAD_UNITS, TAIL_UNITS } from '../features.ts';
import type { TableReader } from './reader.ts';
import type { TableData } from './table-file.ts';

const MODULE = ownFile('embedding/assets/piece-sums.wasm');

// Byte offsets of the map in piece-sums.wat.
const UNITS = 0;
const LENGTHS = 0x20000;
const TEXT = 0x28000;
const SUMS = 0x35000;
const STARTS = 0x36000;
const PAGE = 0x10000;
const BLANK = 32;

/** Undefined where WebAssembly or its 128-bit lanes are missing. */
export function createWasmReader({ units, index, rows, columns }: TableData): TableReader | undefined {
  const bytes = readFileSync(MODULE);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return undefined;
  const { bits, longest, lengths, starts, keys } = index;
  const keysAt = aligned(STARTS + starts.byteLength);
  const rowsAt = aligned(keysAt + keys.byteLength);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((rowsAt + rows.length) / PAGE) });
  const { sum } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { table: { memory } }).exports;
  if (typeof sum !== 'function') return undefined;
  const { buffer } = memory;
  new Uint16Array(buffer, UNITS).set(units);
  new Uint8Array(buffer, LENGTHS).set(lengths);
  new Uint32Array(buffer, STARTS).set(starts);
  new Uint32Array(buffer, keysAt).set(keys);
  new Int8Array(buffer, rowsAt).set(rows);
  const text16 = Buffer.from(buffer, TEXT, 2 * (HEAD_UNITS + 1 + TAIL_UNITS));
  const sumOf = (length: number, count: number): number =>
    Number(sum(length, 32 - bits, longest, keysAt, rowsAt, columns, count));

  function read(text: string, count: number): number {
    const { length } = text;
    if (length <= HEAD_UNITS + TAIL_UNITS) {
      text16.write(text, 0, 2 * length, 'utf16le');
      return sumOf(length, count);
    }
    const tail = 2 * (HEAD_UNITS + 1);
    text16.write(text, 0, 2 * HEAD_UNITS, 'utf16le');
    text16.writeUInt16LE(BLANK, tail - 2);
    text16.write(text.slice(-TAIL_UNITS), tail, 2 * TAIL_UNITS, 'utf16le');
    return sumOf(HEAD_UNITS + 1 + TAIL_UNITS, count);
  }

  return { engine: 'wasm', sums: new Int32Array(buffer, SUMS, columns), read };
}

/** To a line of the processor's cache. */
function aligned(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}
