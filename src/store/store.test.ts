// Runs the contract over every home in the table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { describeStoreContract } from './contract.ts';
import { storeHomes } from './table.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

for (const [kind, home] of Object.entries(storeHomes)) {
  describeStoreContract(kind, home.survivesClose, () => home.open({ directory: join(directory, 'store') }));
}
