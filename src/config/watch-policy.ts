// Notices that the policy file has changed, however an editor or a mounted volume replaces it.
import { unwatchFile, watchFile } from 'node:fs';

/** Polling sees renames and swapped links alike, which file events do not everywhere. */
const POLL_MS = 500;

export function watchPolicy(path: string, changed: () => void): () => void {
  const listener = (now: { mtimeMs: number; ino: number; size: number }, before: typeof now): void => {
    // size 0 and mtime 0: it is gone for the moment; what follows is a change.
    if (now.mtimeMs === 0) return;
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) changed();
  };
  watchFile(path, { interval: POLL_MS, persistent: false }, listener);
  return () => unwatchFile(path, listener);
}
