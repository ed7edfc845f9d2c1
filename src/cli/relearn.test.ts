// sluice relearn: what it prints, and that it touches nothing that is not there or is in use.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openOn, outcome, record, say } from '../feedback/fixtures.ts';
import { openLmdbStore } from '../store/index.ts';
import { relearnCommand } from './relearn.ts';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'sluice-relearn-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function relearn(...args: string[]): Promise<{ readonly printed: string; readonly code: unknown }> {
  const printed: string[] = [];
  const print = (text: unknown): void => void printed.push(String(text));
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
  try {
    await relearnCommand().parseAsync(args, { from: 'user' });
    return { printed: printed.join('\n'), code: process.exitCode };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

it('learns the log of another build again, and says what could not be', async () => {
  const home = directory();
  const store = openLmdbStore({ directory: home });
  const { ledger, close } = await openOn(store);
  for (const text of ['What is the derivative of x squared?', undefined]) {
    const one = record(undefined, text === undefined ? {} : { text });
    ledger.open(one);
    ledger.close(outcome(one.id));
    await ledger.feedback(say(one.id));
  }
  await close();
  await store.close();
  const { printed, code } = await relearn('--data-dir', home);
  expect(printed).toContain('2 decisions of other feature spaces have feedback: 1 were learnt again');
  expect(printed).toContain('1 could not be: their text was not kept');
  expect(code).toBeUndefined();
  expect((await relearn('--data-dir', home)).printed).toBe(printed);
});

it('makes no data directory where there is none', async () => {
  const home = join(directory(), 'none');
  const { printed, code } = await relearn('--data-dir', home);
  expect([printed, code]).toEqual([
    `sluice: cannot open the store in ${home}: there is no data directory of a gateway`,
    2,
  ]);
  expect(existsSync(home)).toBe(false);
});

it('does not touch a directory that a gateway uses', async () => {
  const home = directory();
  const store = openLmdbStore({ directory: home });
  const { printed, code } = await relearn('--data-dir', home);
  await store.close();
  expect(printed).toContain('in use');
  expect(code).toBe(2);
});

it('has nothing to do with a store in memory', async () => {
  expect(await relearn('--store', 'memory')).toMatchObject({ code: 2 });
});
