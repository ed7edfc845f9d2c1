// The commands that the greeting names work where it was printed.
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataDirOf } from '../config/index.ts';
import { readPlan } from '../root/index.ts';
import { greeting } from './greeting.ts';

const plan = await readPlan(resolve(import.meta.dirname, '../../policies/default.yaml'), { warn: () => undefined });
const running = { url: 'http://127.0.0.1:8080', plan, simulated: ['m on sim://8b-h100'] };
const home = dataDirOf({}, {});
const config = { policyPath: '/p.yaml', store: 'lmdb', dataDir: home, seed: 7, workers: 1 } as const;

describe('the greeting', () => {
  it('is short where all is as usual', () => {
    const text = greeting(running, config, home);
    expect(text).toContain('\nWatch it learn:  npx sluice demo\nIts decisions:   npx sluice log\n');
    expect(text).toContain(
      `\n  policy   /p.yaml\n  data     ${home}\n  seed     7\n  simulated model servers: m on sim://8b-h100\n`,
    );
    expect(text).toContain(`-d '{"model":"auto",`);
  });

  it.each([
    [{ dataDir: '/d' }, {}, 'npx sluice log --data-dir /d\n'],
    [{ store: 'redis' }, {}, 'npx sluice log --store redis\n'],
    [{ store: 'memory' }, {}, 'kept until it stops'],
    [{ workers: 3 }, {}, '\n  workers  3\n'],
    [{}, { url: 'http://127.0.0.1:81' }, 'npx sluice demo --url http://127.0.0.1:81\n'],
  ] as const)('with %j %j says so', (settings, address, line) => {
    expect(greeting({ ...running, ...address }, { ...config, ...settings }, home)).toContain(line);
  });
});
