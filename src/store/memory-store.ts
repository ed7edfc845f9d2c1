// The home in memory: for tests and for trying Sluice out; nothing survives the process.
import { v8Codec, ownWritesOf, type Write } from './codec.ts';
import { storeErrors } from './errors.ts';
import { placeOf, placesOf } from './place.ts';
import { rangeByPages, type ReadPage } from './range.ts';
import type { Store } from './store.ts';

/** Rows are kept encoded, so that callers can share no object with the store here either. */
export function createMemoryStore(): Store {
  const rows = new Map<string, Uint8Array>();
  // Sorted; time-ordered keys come in at the end, where insertion costs nothing.
  const places: string[] = [];
  let closed = false;

  function assertOpen(): void {
    if (closed) throw storeErrors.closed();
  }

  function apply({ place, bytes }: Write): void {
    const known = rows.has(place);
    if (bytes === undefined) {
      rows.delete(place);
      if (known) places.splice(lowerBound(places, place), 1);
    } else {
      rows.set(place, bytes);
      if (!known) places.splice(lowerBound(places, place), 0, place);
    }
  }

  const readPage: ReadPage<Uint8Array> = async ({ low, high }, reverse, limit) => {
    assertOpen();
    const start = lowerBound(places, low);
    const end = lowerBound(places, high);
    const page = reverse
      ? places.slice(Math.max(start, end - limit), end).toReversed()
      : places.slice(start, Math.min(end, start + limit));
    return page.flatMap((place) => {
      const bytes = rows.get(place);
      return bytes === undefined ? [] : [[place, bytes] as const];
    });
  };

  return {
    kind: 'memory',
    get: async (collection, key) => {
      assertOpen();
      const bytes = rows.get(placeOf(collection, key));
      return bytes === undefined ? undefined : decodeOwn(bytes);
    },
    range: (collection, options = {}) => rangeByPages(collection, options, readPage, decodeOwn),
    sizes: (collection, options = {}) => rangeByPages(collection, options, readPage, ({ length }) => length),
    append: (row) => {
      assertOpen();
      ownWritesOf([row], v8Codec).forEach(apply);
    },
    commit: async (newRows, unlessExists) => {
      assertOpen();
      const writes = ownWritesOf(newRows, v8Codec);
      if (placesOf(unlessExists).some((place) => rows.has(place))) return false;
      writes.forEach(apply);
      return true;
    },
    remove: async (collection, keys) => {
      assertOpen();
      keys.map((key) => ({ place: placeOf(collection, key), bytes: undefined })).forEach(apply);
    },
    flush: async () => assertOpen(),
    close: async () => {
      closed = true;
    },
  };
}

/** The rows stay as they are, whatever a reader does with what it gets. */
function decodeOwn(bytes: Uint8Array): unknown {
  return v8Codec.decode(new Uint8Array(bytes));
}

/** The first index whose place is not below the given one. */
function lowerBound(places: readonly string[], place: string): number {
  const last = places.at(-1);
  if (last === undefined || last < place) return places.length;
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? '') < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
