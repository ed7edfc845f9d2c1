// The home on disk: LMDB in the gateway's own process, no server to run; the embedded default.
import { v8Codec, writesOf, type Write } from './codec.ts';
import { storeErrors } from './errors.ts';
import { warn } from './failure-report.ts';
import { openEnvironment, type LmdbOptions } from './lmdb-environment.ts';
import { placeOf, placesOf } from './place.ts';
import { rangeByPages, type ReadPage } from './range.ts';
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
  const environment = openEnvironment(options);
  const queue = createWriteQueue((writes) => environment.writeBatch(writes), options.onWriteError ?? warn);
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw storeErrors.closed();
  }

  function assertWritable(): void {
    assertOpen();
    if (options.readOnly === true) throw storeErrors.readOnly();
  }

  async function shut(): Promise<void> {
    // Whoever wrote what fails here has been told.
    await queue.drained().catch(() => undefined);
    await environment.close();
  }

  /** False when a place is taken for good: a pending row counts once it is on disk, and not at all if it never gets there. */
  async function commitUnless(places: readonly string[], writes: readonly Write[]): Promise<boolean> {
    for (;;) {
      assertOpen();
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
    kind: 'lmdb',
    get: async (collection, key) => {
      assertOpen();
      const place = placeOf(collection, key);
      const pending = queue.pending(place);
      const bytes = pending === undefined ? environment.get(place) : pending.bytes;
      return bytes === undefined ? undefined : v8Codec.decode(bytes);
    },
    range: (collection, range = {}) => {
      let waited = false;
      const readPage: ReadPage = async (bounds, reverse, limit) => {
        // Waiting for the pending rows once is simpler than merging them into every page.
        if (!waited && closing === undefined) await queue.drained().catch(() => undefined);
        waited = true;
        assertOpen();
        return environment.readPage(bounds, reverse, limit);
      };
      return rangeByPages(collection, range, readPage, v8Codec);
    },
    append: (row) => {
      assertWritable();
      queue.append(writesOf([row], v8Codec));
    },
    commit: async (rows, unlessExists) => {
      assertWritable();
      const writes = writesOf(rows, v8Codec);
      return commitUnless(placesOf(unlessExists), writes);
    },
    remove: async (collection, keys) => {
      assertWritable();
      await queue.commit(keys.map((key) => ({ place: placeOf(collection, key), bytes: undefined })));
    },
    flush: async () => {
      assertOpen();
      await queue.drained();
    },
    close: () => (closing ??= shut()),
  };
}
