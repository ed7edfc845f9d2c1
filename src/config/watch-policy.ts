// Notices that the policy file has changed, however an editor or a mounted volume replaces it.
import { statSync } from 'node:fs';

/** Polling sees renames and swapped links alike, which file events do not everywhere. */
const POLL_MS = 500;

/** What a file looked like: take it before reading, so that no change falls between. */
export type PolicyStamp = string | undefined;

/** Calls `changed` at every change since `seen`; returns what ends it. */
export function watchPolicy(path: string, seen: PolicyStamp, changed: () => void): () => void {
  let before = seen;
  const timer = setInterval(() => {
    const now = stampPolicy(path);
    // Gone for the moment; what follows is a change.
    if (now === undefined || now === before) return;
    before = now;
    changed();
  }, POLL_MS).unref();
  return () => clearInterval(timer);
}

export function stampPolicy(path: string): PolicyStamp {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.mtimeMs} ${stats.ino} ${stats.size}`;
}
