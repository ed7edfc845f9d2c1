// Closing: a part that fails is told of, and keeps no other from being closed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../config/index.ts';
import { createEmbeddedFleet } from '../sim/index.ts';
import { createMemoryStore, type Store } from '../store/index.ts';
import { closeInTurn } from './close-in-turn.ts';
import { startGateway } from './start-gateway.ts';

function listener() {
  const lines: string[] = [];
  return { lines, logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }) };
}

describe('closing in turn', () => {
  it('tries every part, tells of each failure and rejects with the first', async () => {
    const { lines, logger } = listener();
    const closed: string[] = [];
    const part = (name: string, failure?: Error) =>
      [
        name,
        async () => {
          closed.push(name);
          if (failure !== undefined) throw failure;
        },
      ] as const;
    const parts = [part('a'), part('b', new Error('first')), part('c'), part('d', new Error('second')), part('e')];
    await expect(closeInTurn(parts, logger)).rejects.toThrow('first');
    expect(closed).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(lines).toEqual([
      expect.stringMatching(/"first".*closing: b failed/),
      expect.stringMatching(/"second".*closing: d failed/),
    ]);
  });

  it('closes the rest of a gateway whose store is gone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-close-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const policy = join(directory, 'policy.yaml');
    const price = { inputPerMTok: 1, outputPerMTok: 2 };
    const only = { model: 'm', endpoints: ['http://127.0.0.1:9/v1'], price, contextWindow: 1_000 };
    writeFileSync(
      policy,
      JSON.stringify({ version: 1, pools: { only }, routes: [{ name: 'r', candidates: ['only'] }] }),
    );
    const memory = createMemoryStore();
    let gone = false;
    const closed: string[] = [];
    const store: Store = {
      ...memory,
      commit: (rows, unless) => (gone ? Promise.reject(new Error('store gone')) : memory.commit(rows, unless)),
      close: async () => void closed.push('store'),
    };
    const fleet = { ...createEmbeddedFleet(1), close: async () => void closed.push('fleet') };
    const { lines, logger } = listener();
    const config = readConfig({ policy, port: '0', dataDir: join(directory, 'data') }, {}, 0);
    const shared = { openStore: () => store, fleet, metricsOfAll: async () => [] };
    const gateway = await startGateway(config, {}, { logger, shared });
    gone = true;
    await expect(gateway.close()).rejects.toThrow('store gone');
    expect(closed).toEqual(['store', 'fleet']);
    expect(lines).toEqual([expect.stringMatching(/store gone.*closing: the decision log failed/)]);
    await expect(fetch(gateway.url)).rejects.toThrow('fetch failed');
  });
});
