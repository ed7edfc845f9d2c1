// Assembles the WebAssembly modules of the embedding room: a text file in, the committed bytes out.
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

export const MODULES = ['text-walk'] as const;
export type ModuleName = (typeof MODULES)[number];

/** Of the assembled module. */
export function moduleFile(name: ModuleName): URL {
  return new URL(`../../src/embedding/assets/${name}.wasm`, import.meta.url);
}

/** Throws wabt's message, with line and column, if the source is not valid. */
export async function assemble(name: ModuleName): Promise<Uint8Array> {
  const source = new URL(`../../src/embedding/assets/${name}.wat`, import.meta.url);
  const toolkit = await wabt();
  const module = toolkit.parseWat(`${name}.wat`, readFileSync(source, 'utf8'), { simd: true, bulk_memory: true });
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({ write_debug_names: false });
  module.destroy();
  return buffer;
}
