// Writes the WebAssembly modules from their sources: npm run build:wasm.
import { writeFileSync } from 'node:fs';
import { assemble, moduleFile, MODULES } from './assemble.ts';

for (const name of MODULES) writeFileSync(moduleFile(name), await assemble(name));
