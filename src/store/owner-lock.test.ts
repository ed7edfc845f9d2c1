// The lock's cases that need no second process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { takeOwnerLock } from './owner-lock.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
  path = join(directory, 'owner.lock');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is held against the owner itself and free after the release', () => {
  const release = takeOwnerLock(directory);
  expect(() => takeOwnerLock(directory)).toThrow(expect.objectContaining({ code: 'SLUICE_STORE_IN_USE' }));
  release();
  takeOwnerLock(directory)();
});

it.each([
  ['a pid that nobody has', '4194305 boot 1\n'],
  ['garbage', 'garbage'],
  ['nothing', ''],
])('takes over a lock that holds %s', (_name, content) => {
  writeFileSync(path, content);
  takeOwnerLock(directory)();
  expect(existsSync(path)).toBe(false);
});

it.runIf(process.platform === 'linux')('takes over the lock of a dead process whose pid somebody else has now', () => {
  takeOwnerLock(directory);
  const own = readFileSync(path, 'utf8');
  writeFileSync(path, own.replace(/ \d+\n$/, ' 1\n'));
  takeOwnerLock(directory);
  expect(readFileSync(path, 'utf8')).toBe(own);
});

it.runIf(process.platform === 'linux')(
  'takes over the lock of a process that was killed and that nobody has waited for',
  async () => {
    // The shell starts a child that ends when told to, then becomes a program that never waits for it.
    const parent = spawn('sh', ['-c', 'read line <&3 & echo $!; exec sleep 120'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    if (parent.stdout === null) throw new Error('no stdout');
    const child = Number(String((await once(parent.stdout, 'data'))[0]));
    const stat = (): string[] => readFileSync(`/proc/${child}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(path, `${child} ${boot} ${stat()[19]}\n`);
    expect(() => takeOwnerLock(directory)).toThrow(expect.objectContaining({ code: 'SLUICE_STORE_IN_USE' }));
    process.kill(child, 'SIGKILL');
    for (const deadline = performance.now() + 20_000; stat()[0] !== 'Z' && performance.now() < deadline;) await turn();
    takeOwnerLock(directory)();
  },
);

it('does not release what another one has taken over', () => {
  const release = takeOwnerLock(directory);
  writeFileSync(path, '1 another\n');
  release();
  expect(readFileSync(path, 'utf8')).toBe('1 another\n');
});
