// Assembles the WebAssembly modules: a text file in, the committed bytes out.
import { readFileSync } from 'node:fs';
import wabt from 'wabt';

/** By the assets they lie among. */
export const MODULES = ['embedding/assets/text-walk', 'workload/assets/text-counts'] as const;
export type ModuleName = (typeof MODULES)[number];

/** Of the assembled module. */
export function moduleFile(name: ModuleName): URL {
  return new URL(`../../src/${name}.wasm`, import.meta.url);
}

/** Throws wabt's message, with line and column, if the source is not valid. */
export async function assemble(name: ModuleName): Promise<Uint8Array> {
  const source = new URL(`../../src/${name}.wat`, import.meta.url);
  const toolkit = await wabt();
  const module = toolkit.parseWat(`${name}.wat`, readFileSync(source, 'utf8'), { simd: true, bulk_memory: true });
  module.resolveNames();
  module.validate();
  const { buffer } = module.toBinary({ write_debug_names: false });
  module.destroy();
  return buffer;
}
