// The files of a policy: its own and those that it names; what each looked like when it was read.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NamedFile } from '../policy/index.ts';

/** Ten times the largest prior table that ships. */
const MOST_BYTES = 1024 * 1024;

/** What a file looked like; undefined: it was not there. */
export type FileStamp = string | undefined;

export interface PolicyFiles {
  /** By path, taken before reading, so that no change falls between. A watcher puts in what it has seen. */
  readonly stamps: Map<string, FileStamp>;
  /** `name` is relative to the policy. Never throws. */
  readonly read: (name: string) => NamedFile;
}

export function openPolicyFiles(policyPath: string): PolicyFiles {
  const stamps = new Map<string, FileStamp>();
  return {
    stamps,
    read: (name) => {
      const path = join(dirname(policyPath), name);
      stamps.set(path, stampFile(path));
      try {
        const stats = statSync(path);
        // A pipe would be waited for.
        if (!stats.isFile()) return { kind: 'unreadable', why: `${path} is not a file` };
        if (stats.size > MOST_BYTES)
          return { kind: 'unreadable', why: `${path} has ${stats.size} bytes, at most ${MOST_BYTES} are read` };
        return { kind: 'text', path, text: readFileSync(path, 'utf8') };
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        return { kind: 'unreadable', why: code === 'ENOENT' ? `there is no file ${path}` : message };
      }
    },
  };
}

export function stampFile(path: string): FileStamp {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : `${stats.mtimeMs} ${stats.ino} ${stats.size}`;
  } catch {
    // Not to be looked at: a folder that may not be entered, a file where a folder was expected.
    return undefined;
  }
}
