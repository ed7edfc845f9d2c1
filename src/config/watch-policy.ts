// Notices that the policy file has changed, however an editor or a mounted volume replaces it.
import { statSync } from 'node:fs';

/** Polling sees renames and swapped links alike, which file events do not everywhere. */
const POLL_MS = 500;

/** Calls `changed` at every change from this call on; returns what ends it. */
export function watchPolicy(path: string, changed: () => void): () => void {
  let before = look(path);
  const timer = setInterval(() => {
    const now = look(path);
    // Gone for the moment; what follows is a change.
    if (now === undefined || now === before) return;
    before = now;
    changed();
  }, POLL_MS).unref();
  return () => clearInterval(timer);
}

function look(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.mtimeMs} ${stats.ino} ${stats.size}`;
}
