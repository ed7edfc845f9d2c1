// Feature sums in WebAssembly: fills the module's memory once, then writes each text into it as UTF-16 and calls it.
import { readFileSync } from 'node:fs';
import { ownFile } from '../base/index.ts';
import { UNITS } from './characters.ts';
import { type FeatureSums, ROW_COLUMNS } from './feature-sums.ts';
import { HEAD_UNITS, TAIL_UNITS } from './features.ts';

const MODULE = ownFile('embedding/assets/feature-sums.wasm');

// Byte offsets of the map in feature-sums.wat.
const ROWS = 0;
const UNIT_TABLE = 0x100000;
const SUMS = 0x122040;
const TEXT = 0x123000;
const BLANK = 32;

/** Undefined where WebAssembly or its 128-bit lanes are missing. */
export function createWasmSums(rows: Int8Array): FeatureSums | undefined {
  const bytes = readFileSync(MODULE);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return undefined;
  const { memory, sum } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof sum !== 'function') return undefined;
  const text16 = Buffer.from(memory.buffer);
  new Int8Array(memory.buffer, ROWS).set(rows);
  new Uint16Array(memory.buffer, UNIT_TABLE).set(UNITS);

  function read(text: string): number {
    const { length } = text;
    if (length <= HEAD_UNITS + TAIL_UNITS) {
      text16.write(text, TEXT, 2 * length, 'utf16le');
      return sumOf(length);
    }
    const tail = TEXT + 2 * (HEAD_UNITS + 1);
    text16.write(text, TEXT, 2 * HEAD_UNITS, 'utf16le');
    text16.writeUInt16LE(BLANK, tail - 2);
    text16.write(text.slice(-TAIL_UNITS), tail, 2 * TAIL_UNITS, 'utf16le');
    return sumOf(HEAD_UNITS + 1 + TAIL_UNITS);
  }
  const sumOf: (units: number) => number = (units) => Number(sum(units));

  return { engine: 'wasm', sums: new Int32Array(memory.buffer, SUMS, ROW_COLUMNS), read };
}
