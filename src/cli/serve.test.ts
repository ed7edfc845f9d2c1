// What `serve`, `check` and `log` print and how they end when something is not as it should be: in this process, without a gateway.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newDecisionId } from '../base/index.ts';
import { openOn, outcome, record } from '../feedback/fixtures.ts';
import { openLmdbStore } from '../store/index.ts';
import { checkCommand } from './check.ts';
import { logCommand } from './log.ts';
import { serveCommand } from './serve.ts';

let directory = '';
let printed: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  printed = [];
  const print = (...parts: unknown[]): void => void printed.push(parts.join(' '));
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** The exit code that the process would have. */
async function run(command: Command, ...args: string[]): Promise<number> {
  await command.parseAsync(args, { from: 'user' });
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return code;
}

function policy(text: string): string {
  const path = join(directory, 'policy.yaml');
  writeFileSync(path, text);
  return path;
}

const POOL =
  '{ model: m, endpoints: ["http://127.0.0.1:9/v1"], price: { inputPerMTok: 1, outputPerMTok: 1 }, contextWindow: 9 }';
const GOOD = `version: 1\npools:\n  a: ${POOL}\n`;
const BAD = 'version: 1\npools:\n  a: { model: m, endpoints: ["htp://x"], contextWindow: 0 }\n';

describe('serve exits with 2', () => {
  it('on a bad policy, with every error as file:line:column, before it touches the data directory', async () => {
    const [path, data] = [policy(BAD), join(directory, 'data')];
    expect(await run(serveCommand(), '--policy', path, '--data-dir', data, '--port', '0')).toBe(2);
    expect(printed.join('\n')).toContain(`${path}:3:`);
    expect(printed.join('\n').split(`${path}:3:`).length).toBeGreaterThan(2);
    expect(existsSync(data)).toBe(false);
  });

  it('on a data directory that another gateway writes to, naming its pid', async () => {
    const data = join(directory, 'data');
    const store = openLmdbStore({ directory: data });
    expect(await run(serveCommand(), '--policy', policy(GOOD), '--data-dir', data, '--port', '0')).toBe(2);
    await store.close();
    expect(printed).toEqual([expect.stringContaining(`is in use by the process with pid ${process.pid}: stop it, or`)]);
  });

  it.each([
    [['--policy', '/nowhere.yaml'], 'sluice: /nowhere.yaml: cannot be read: there is no such file'],
    [['--port', '70000'], 'sluice: --port: expected a whole number from 0 to 65535, found "70000"'],
  ])('on %j', async (args, message) => {
    expect(await run(serveCommand(), ...args)).toBe(2);
    expect(printed).toEqual([message]);
  });
});

it('serve exits with 1, for a supervisor to try again, when Redis cannot be reached', async () => {
  vi.stubEnv('SLUICE_REDIS_URL', 'redis://127.0.0.1:1');
  expect(await run(serveCommand(), '--policy', policy(GOOD), '--store', 'redis', '--port', '0')).toBe(1);
  expect(printed).toEqual([expect.stringContaining('sluice: cannot open the store in Redis at 127.0.0.1:1: ')]);
});

describe('check', () => {
  it('says what is in a good policy and exits with 0', async () => {
    const path = policy(GOOD);
    expect(await run(checkCommand(), path)).toBe(0);
    expect(printed).toEqual([
      expect.stringMatching(/policy\.yaml: ok \(1 pools, 0 routes, aliases none; plan \w{12}\)$/u),
    ]);
  });

  it('counts the errors of a bad one, or says that there is none to read, and exits with 2', async () => {
    const path = policy(BAD);
    expect(await run(checkCommand(), path)).toBe(2);
    expect(printed.at(-1)).toBe(`${printed.length - 1} errors: this policy cannot be served`);
    expect(printed.slice(0, -1).every((line) => line.startsWith(`${path}:3:`))).toBe(true);
    expect(await run(checkCommand(), '/nowhere.yaml')).toBe(2);
    expect(printed.at(-1)).toBe('/nowhere.yaml: cannot be read: there is no such file');
  });
});

describe('log', () => {
  it('prints decisions oldest first with what became of them, all, the last, or one', async () => {
    const store = openLmdbStore({ directory });
    const { ledger } = await openOn(store);
    const ids = [newDecisionId(), newDecisionId(), newDecisionId()];
    for (const id of ids) ledger.open(record(id));
    await ledger.flush();
    ledger.close(outcome(ids[0] ?? newDecisionId()));
    await ledger.flush();
    // It works while the gateway has the store open.
    const lines = async (...args: string[]): Promise<{ id: string; outcome: unknown }[]> => {
      printed = [];
      expect(await run(logCommand(), '--json', '--data-dir', directory, ...args)).toBe(0);
      return printed.map((line) => JSON.parse(line) as { id: string; outcome: unknown });
    };
    expect((await lines()).map(({ id }) => id)).toEqual(ids);
    expect((await lines())[0]).toMatchObject({ outcome: { finish: 'completed' }, feedback: null });
    expect((await lines('-n', '2')).map(({ id }) => id)).toEqual(ids.slice(1));
    expect((await lines('--id', ids[1] ?? '')).map(({ id }) => id)).toEqual([ids[1]]);
    await store.close();
  });

  it('says which decision or directory there is not', async () => {
    expect(await run(logCommand(), '--data-dir', join(directory, 'none'))).toBe(2);
    expect(printed.at(-1)).toContain('there is no data.mdb in it');
    expect(await run(logCommand(), '--store', 'memory')).toBe(2);
    expect(printed.at(-1)).toContain('in memory cannot be read');
    await openLmdbStore({ directory }).close();
    expect(await run(logCommand(), '--data-dir', directory)).toBe(0);
    expect(printed.at(-1)).toBe('sluice: no decision to show');
    expect(await run(logCommand(), '--data-dir', directory, '--id', 'dec_x')).toBe(1);
    expect(printed.at(-1)).toBe(`sluice: no decision "dec_x" in ${directory}`);
  });
});
