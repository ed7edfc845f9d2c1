// Counts in WebAssembly: writes a text into the module's memory as UTF-16 and calls it.
import { readFileSync } from 'node:fs';
import { ownFile } from '../base/index.ts';
import { COUNTS, MOST_UNITS, type TextCounter } from './text-counter.ts';

const MODULE = ownFile('workload/assets/text-counts.wasm');

/** Byte offset of the map in text-counts.wat. */
const TEXT = 0x100;
/** Below this, a call of the copy costs more than it saves. */
const COPIED_UNITS = 16;

/** Undefined where WebAssembly or its 128-bit lanes are missing. */
export function createWasmCounter(): TextCounter | undefined {
  const bytes = readFileSync(MODULE);
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, add } = exports as { readonly memory: { readonly buffer: ArrayBuffer } } & Pick<TextCounter, 'add'>;
  const units = new Uint16Array(memory.buffer, TEXT, MOST_UNITS);
  const text16 = Buffer.from(memory.buffer, TEXT, 2 * MOST_UNITS);
  return {
    engine: 'wasm',
    counts: new Int32Array(memory.buffer, 0, COUNTS),
    take(text) {
      const { length } = text;
      if (length >= COPIED_UNITS) text16.write(text, 0, 2 * length, 'utf16le');
      else for (let i = 0; i < length; i++) units[i] = text.charCodeAt(i);
    },
    add,
  };
}
