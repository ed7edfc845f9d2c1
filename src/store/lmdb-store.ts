// The home on disk: LMDB in the gateway's own process, no server to run; the embedded default.
import { storeOver, type ByteStore } from './byte-store.ts';
import { v8Codec, type Write } from './codec.ts';
import { storeErrors } from './errors.ts';
import { warn } from './failure-report.ts';
import { openEnvironment, type LmdbOptions } from './lmdb-environment.ts';
import type { Store } from './store.ts';
import { createWriteQueue } from './write-queue.ts';

export interface LmdbStoreOptions extends LmdbOptions {
  /** Told of failed background writes, once per burst; without it they become process warnings. */
  readonly onWriteError?: (error: unknown) => void;
}

/**
 * Creates the directory (mode 0700) where there is none. Throws SLUICE_STORE_OPEN with the path and the cause (not writable, not a directory,
 * damaged file) and SLUICE_STORE_IN_USE when another process writes to it. With `readOnly` it needs neither lock nor idle writer.
 */
export function openLmdbStore(options: LmdbStoreOptions): Store {
  return storeOver(openLmdbBytes(options), 'lmdb', v8Codec, options.readOnly ?? false);
}

/** The same home for serving it to other processes, which encode and decode themselves; see `serveStore`. Throws as `openLmdbStore` does. */
export function openLmdbBytes(options: LmdbStoreOptions): ByteStore {
  const environment = openEnvironment(options);
  const queue = createWriteQueue((writes) => environment.writeBatch(writes), options.onWriteError ?? warn);
  let closed = false;

  /** False when a place is taken for good: a pending row counts once it is on disk, and not at all if it never gets there. */
  async function commitUnless(places: readonly string[], writes: readonly Write[]): Promise<boolean> {
    for (;;) {
      if (closed) throw storeErrors.closed();
      const taken = places.some((place) => queue.pending(place) === undefined && environment.get(place) !== undefined);
      if (taken) return false;
      const coming = places.map((place) => queue.pending(place)).find((pending) => pending?.bytes !== undefined);
      if (coming !== undefined) {
        if ((await coming.written) === undefined) return false;
        continue;
      }
      // Nothing is awaited between the look and the queue, or two commits could both find the place free.
      await queue.commit(writes);
      return true;
    }
  }

  return {
    get: async (place) => {
      const pending = queue.pending(place);
      if (pending === undefined) return environment.get(place);
      // Once it is written, its memory may be the writer's again.
      return pending.bytes && new Uint8Array(pending.bytes);
    },
    readPage: environment.readPage,
    readSizes: environment.readSizes,
    append: (writes) => queue.append(writes),
    commit: (writes, unless) => commitUnless(unless, writes),
    drained: () => queue.drained(),
    close: async () => {
      closed = true;
      // Whoever wrote what fails here has been told.
      await queue.drained().catch(() => undefined);
      await environment.close();
    },
  };
}
