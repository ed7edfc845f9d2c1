// Notices that the policy or a file that it names has changed, however an editor or a mounted volume replaces it.
import { stampFile, type PolicyFiles } from './policy-files.ts';

/** Polling sees renames and swapped links alike, which file events do not everywhere. */
const POLL_MS = 500;

/** Calls `changed` at every change since the files were read; returns what ends it. */
export function watchPolicy({ stamps }: PolicyFiles, changed: () => void): () => void {
  const timer = setInterval(() => {
    let moved = false;
    for (const [path, before] of stamps) {
      const now = stampFile(path);
      // Gone for the moment; what follows is a change.
      if (now === undefined || now === before) continue;
      stamps.set(path, now);
      moved = true;
    }
    if (moved) changed();
  }, POLL_MS).unref();
  return () => clearInterval(timer);
}
