// Writes the WebAssembly module of the feature sums from its source: npm run build:wasm.
import { writeFileSync } from 'node:fs';
import { assemble, MODULE } from './assemble.ts';

writeFileSync(MODULE, await assemble());
