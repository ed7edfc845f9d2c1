// One writing process per directory: `owner.lock` names it, and a dead owner's lock is taken over.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeErrors } from './errors.ts';

/**
 * Takes the lock and returns what releases it. Throws SLUICE_STORE_IN_USE while another owner lives. Call it inside an LMDB write
 * transaction: that is a mutex between processes, so two of them cannot take over the same stale lock.
 * A process in another container or on another host cannot be seen: one directory is for one container.
 */
export function takeOwnerLock(directory: string): () => void {
  const path = join(directory, 'owner.lock');
  const holder = read(path);
  if (holder !== undefined) {
    const pid = Number.parseInt(holder, 10);
    if (pid > 0 && isAlive(pid) && identityOf(pid) === holder) throw storeErrors.inUse(directory, pid);
  }
  const own = identityOf(process.pid);
  writeFileSync(path, own, { mode: 0o600 });
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The pid with, on Linux, this boot and the process's start in clock ticks since then: in a container the restarted process often has the pid
 * of the one that died, so a pid alone would lock it out for good.
 */
function identityOf(pid: number): string {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  const stat = read(`/proc/${pid}/stat`);
  if (boot === undefined || stat === undefined) return `${pid}\n`;
  // proc(5): the name is in parentheses and may hold anything; after it come fields 3 and on: the state first, the start time as field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Killed, and its parent has not asked yet: a container without an init process keeps such a one for good.
  if (fields[0] === 'Z' || fields[0] === 'X') return `${pid} dead\n`;
  return `${pid} ${boot} ${fields[19]}\n`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
