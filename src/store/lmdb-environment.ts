// LMDB as this room uses it: opened with every failure coded, read in pages, written a batch at a time.
import { SluiceError } from '../base/index.ts';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RangeOptions, type RootDatabase } from 'lmdb';
import type { Write } from './codec.ts';
import { flawOf } from './data-file.ts';
import { reasonOf, storeErrors } from './errors.ts';
import { takeOwnerLock } from './owner-lock.ts';
import { type Bounds, placeBytes, placeFromBytes } from './place.ts';
import type { ReadPage } from './range.ts';

export interface LmdbEnvironment {
  get(place: string): Uint8Array | undefined;
  readonly readPage: ReadPage<Uint8Array>;
  readonly readSizes: ReadPage<number>;
  /** One transaction: atomic, and synced to disk when it resolves. */
  writeBatch(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

export interface LmdbOptions {
  readonly directory: string;
  readonly readOnly?: boolean;
  /** The address space to begin with, in bytes (default 4 GiB); it grows by itself. */
  readonly mapSizeBytes?: number;
}

/**
 * Address space costs nothing, except on Windows, where the file would be as large at once. lmdb-js would begin with 128 KiB and double it, and each
 * time the same pages are mapped, and counted as resident, once more.
 */
const MAP_BYTES = 4 * 2 ** 30;

/**
 * Of a new file. lmdb-js searches one list of free runs of pages, which gets longer with each hole: the decision log's rows are kept to two pages.
 * Larger pages would do with one a row, but a commit writes every page on the way to what it changes.
 */
const PAGE_BYTES = 8_192;

/** Throws SLUICE_STORE_OPEN and SLUICE_STORE_IN_USE. */
export function openEnvironment(options: LmdbOptions): LmdbEnvironment {
  const { directory, readOnly = false } = options;
  try {
    prepare(directory, readOnly);
    const root = openRoot(options);
    const release = readOnly ? () => undefined : lockFor(root, directory);
    return environmentOf(root, release);
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw storeErrors.open.with({ cause }, directory, reasonOf(cause));
  }
}

function prepare(directory: string, readOnly: boolean): void {
  const path = join(directory, 'data.mdb');
  const exists = existsSync(path);
  // lmdb-js would create the directory even for a reader.
  if (readOnly && !exists) throw storeErrors.open(directory, 'there is no data.mdb in it');
  if (!readOnly) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const flaw = exists ? flawOf(path) : undefined;
  if (flaw !== undefined) throw storeErrors.open(directory, flaw);
}

function openRoot({ directory, readOnly = false, mapSizeBytes }: LmdbOptions): RootDatabase<Uint8Array, Uint8Array> {
  return open<Uint8Array, Uint8Array>({
    path: directory,
    readOnly,
    // lmdb-js takes a path with a dot in its last part for a file.
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    // A batch is one transaction already; with this on, lmdb-js keeps a promise of its own whose rejection nobody handles.
    eventTurnBatching: false,
    // With it, a failed fsync leaves lmdb-js's `flushed` pending for ever; without it a resolved write is on disk, a failed one rejects.
    overlappingSync: false,
    pageSize: PAGE_BYTES,
    ...(process.platform === 'win32' ? {} : { mapSize: mapSizeBytes ?? MAP_BYTES }),
  });
}

function lockFor(root: RootDatabase<Uint8Array, Uint8Array>, directory: string): () => void {
  try {
    return root.transactionSync(() => takeOwnerLock(directory));
  } catch (error) {
    void root.close();
    throw error;
  }
}

// lmdb-js lets go of its read snapshot at every turn of the event loop, so a reader sees another process's writes without asking.
function environmentOf(root: RootDatabase<Uint8Array, Uint8Array>, release: () => void): LmdbEnvironment {
  return {
    get: (place) => root.getBinary(placeBytes(place)),
    readPage: async (bounds, reverse, limit) =>
      Array.from(
        root.getRange(rangeOf(bounds, reverse, limit)),
        ({ key, value }) => [placeFromBytes(key), value] as const,
      ),
    // The fast way reads into memory that is used again.
    readSizes: async (bounds, reverse, limit) =>
      Array.from(
        root.getKeys(rangeOf(bounds, reverse, limit)),
        (key) => [placeFromBytes(key), root.getBinaryFast(key)?.length ?? 0] as const,
      ),
    writeBatch: async (writes) => {
      try {
        await root.batch(() => {
          for (const { place, bytes } of writes) {
            const key = placeBytes(place);
            void (bytes === undefined ? root.remove(key) : root.put(key, bytes));
          }
        });
      } catch (error) {
        throw await commitErrorOf(error);
      }
    },
    close: async () => {
      await root.close();
      release();
    },
  };
}

function rangeOf({ low, high }: Bounds, reverse: boolean, limit: number): RangeOptions {
  const [lowBytes, highBytes] = [placeBytes(low), placeBytes(high)];
  return reverse
    ? { start: highBytes, exclusiveStart: true, end: lowBytes, inclusiveEnd: true, reverse, limit }
    : { start: lowBytes, end: highBytes, limit };
}

/** lmdb-js rejects with "see commitError", a second promise that it rejects too; left alone that one ends the process (lmdb-js issue 368). */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}
