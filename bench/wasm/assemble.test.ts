// The committed WebAssembly module is what its source says.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assemble, MODULE } from './assemble.ts';

it('assembles to the committed bytes (else: npm run build:wasm)', async () => {
  expect(Buffer.from(await assemble()).equals(readFileSync(MODULE))).toBe(true);
});
