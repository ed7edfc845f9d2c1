// Assembles the WebAssembly module of the feature sums: a text file in, the committed bytes out.
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

export const SOURCE: URL = new URL('../../src/embedding/assets/feature-sums.wat', import.meta.url);
export const MODULE: URL = new URL('../../src/embedding/assets/feature-sums.wasm', import.meta.url);

/** Throws wabt's message, with line and column, if the source is not valid. */
export async function assemble(): Promise<Uint8Array> {
  const toolkit = await wabt();
  const module = toolkit.parseWat('feature-sums.wat', readFileSync(SOURCE), { simd: true });
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({ write_debug_names: false });
  module.destroy();
  return buffer;
}
