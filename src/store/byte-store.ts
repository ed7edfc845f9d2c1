// A home of encoded rows, and the store contract over it: what a process has of its own and what it reaches through another look alike.
import { ownWritesOf, writesOf, type Codec, type Write } from './codec.ts';
import { storeErrors } from './errors.ts';
import { placeOf, placesOf } from './place.ts';
import { asItIs, rangeByPages, type ReadPage } from './range.ts';
import type { Store, StoreKind } from './store.ts';

/** The store contract in places and bytes, for homes that keep what this very Node wrote. Calls take effect in call order. */
export interface ByteStore {
  /** Sees everything appended and committed before, also while it is not on disk. Memory of the caller's own, as are those of a page. */
  get(place: string): Promise<Uint8Array | undefined>;
  /** Sees what was on disk at the call, and what came to it since. */
  readonly readPage: ReadPage<Uint8Array>;
  readonly readSizes: ReadPage<number>;
  /** Write-behind; a failure goes to whoever was named for it at the opening. */
  append(writes: readonly Write[]): void;
  /** Atomic and durable; false, and nothing is written, when there is a row at one of `unless`. Rejects with SLUICE_STORE_WRITE. */
  commit(writes: readonly Write[], unless: readonly string[]): Promise<boolean>;
  /** Everything so far is on disk; rejects with SLUICE_STORE_WRITE when some of it could not be written. */
  drained(): Promise<void>;
  /** Writes what is left, then frees the home. Called once. */
  close(): Promise<void>;
}

/** Keys and values are checked and encoded before the home sees anything of them. */
export function storeOver(bytes: ByteStore, kind: StoreKind, codec: Codec, readOnly: boolean): Store {
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw storeErrors.closed();
  }

  function assertWritable(): void {
    assertOpen();
    if (readOnly) throw storeErrors.readOnly();
  }

  function afterPending<T>(read: ReadPage<T>): ReadPage<T> {
    let waited = false;
    return async (bounds, reverse, limit) => {
      // Waiting for the pending rows once is simpler than merging them into every page.
      if (!waited && closing === undefined) await bytes.drained().catch(() => undefined);
      waited = true;
      assertOpen();
      return read(bounds, reverse, limit);
    };
  }

  return {
    kind,
    get: async (collection, key) => {
      assertOpen();
      const found = await bytes.get(placeOf(collection, key));
      return found === undefined ? undefined : codec.decode(found);
    },
    range: (collection, range = {}) =>
      rangeByPages(collection, range, afterPending(bytes.readPage), (found) => codec.decode(found)),
    sizes: (collection, range = {}) => rangeByPages(collection, range, afterPending(bytes.readSizes), asItIs),
    append: (row) => {
      assertWritable();
      bytes.append(ownWritesOf([row], codec));
    },
    commit: async (rows, unlessExists) => {
      assertWritable();
      const writes = writesOf(rows, codec);
      return bytes.commit(writes, placesOf(unlessExists));
    },
    remove: async (collection, keys) => {
      assertWritable();
      await bytes.commit(
        keys.map((key) => ({ place: placeOf(collection, key), bytes: undefined })),
        [],
      );
    },
    flush: async () => {
      assertOpen();
      await bytes.drained();
    },
    close: () => (closing ??= bytes.close()),
  };
}
