// Runs the contract over every home in the table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, it } from 'vitest';
import { describeStoreContract } from './contract.ts';
import { redisForTests, wipe } from './fixtures/redis-server.ts';
import { storeHomes, type StoreOptions } from './table.ts';

const redis = await redisForTests();
const url = redis.kind === 'redis' ? redis.url : undefined;

let directory: string;
let prefix: string;
let tests = 0;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  prefix = `contract-${process.pid}-${++tests}`;
});
afterEach(async () => {
  rmSync(directory, { recursive: true, force: true });
  if (url !== undefined) await wipe(url, prefix);
});
afterAll(async () => {
  if (redis.kind === 'redis') await redis.dispose();
});

const options = (): StoreOptions => ({
  directory: join(directory, 'store'),
  prefix,
  // A Redis of the tests need not keep anything.
  onWarning: () => undefined,
  ...(url === undefined ? {} : { url }),
});

for (const [kind, home] of Object.entries(storeHomes)) {
  if (kind === 'redis' && redis.kind === 'none') {
    process.stderr.write(`store contract: redis is SKIPPED: ${redis.why}\n`);
    describe.skip(`store contract: redis (${redis.why})`, () => it('is not run', () => undefined));
  } else describeStoreContract(kind, home.survivesClose, () => home.open(options()));
}
