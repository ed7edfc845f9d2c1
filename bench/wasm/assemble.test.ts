// The committed WebAssembly modules are what their sources say.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assemble, moduleFile, MODULES } from './assemble.ts';

it.each(MODULES)('%s assembles to the committed bytes (else: npm run build:wasm)', async (name) => {
  expect(Buffer.from(await assemble(name)).equals(readFileSync(moduleFile(name)))).toBe(true);
});
