// Where a row lives, as one string: collection, NUL, key. Strings of this form sort as the contract says and need no database per collection.
import { storeErrors } from './errors.ts';
import type { Place } from './store.ts';

const MAX_COLLECTION = 64;
// LMDB takes 1,978 bytes; a place is written with 2 bytes a code unit: 2 * (64 + 1 + 900 + 1 for the successor) = 1,932.
const MAX_KEY = 900;

export interface Bounds {
  /** Inclusive. */
  readonly low: string;
  /** Exclusive. */
  readonly high: string;
}

/** Throws SLUICE_STORE_KEY when the collection or the key is empty or too long, or the collection holds a NUL. */
export function placeOf(collection: string, key: string): string {
  if (key.length === 0) throw storeErrors.key('key', `1 to ${MAX_KEY} code units`, 0);
  return boundOf(collection, key);
}

/** Of each place that a commit must find free. */
export function placesOf(unlessExists: Place | readonly Place[] | undefined): readonly string[] {
  if (unlessExists === undefined) return [];
  const all = Array.isArray(unlessExists) ? (unlessExists as readonly Place[]) : [unlessExists as Place];
  return all.map(({ collection, key }) => placeOf(collection, key));
}

/** What `placeOf` put together, or a bound of `boundsOf`; the key of a bound that ends the collection is undefined. */
export function splitPlace(place: string): { readonly collection: string; readonly key: string | undefined } {
  const end = place.indexOf('\u0000');
  if (end === -1) return { collection: place.slice(0, -1), key: undefined };
  return { collection: place.slice(0, end), key: place.slice(end + 1) };
}

export function keyOf(place: string, collection: string): string {
  return place.slice(collection.length + 1);
}

/** The whole collection, or the part from `from` up to, without, `to`. Throws as `placeOf` does, but takes empty keys. */
export function boundsOf(collection: string, from: string | undefined, to: string | undefined): Bounds {
  return {
    low: boundOf(collection, from ?? ''),
    high: to === undefined ? `${collection}\u0001` : boundOf(collection, to),
  };
}

/** The smallest place above the given one. */
export function successorOf(place: string): string {
  return `${place}\u0000`;
}

/** Bytes that sort as the string's code units do, which UTF-8 does not beyond U+FFFF; lone surrogates survive too. */
export function placeBytes(place: string): Buffer {
  return Buffer.from(place, 'utf16le').swap16();
}

export function placeFromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}

function boundOf(collection: string, key: string): string {
  const { length } = collection;
  if (length === 0 || length > MAX_COLLECTION || collection.includes('\u0000')) {
    throw storeErrors.key('collection', `1 to ${MAX_COLLECTION} code units and no NUL`, length);
  }
  if (key.length > MAX_KEY) throw storeErrors.key('key', `1 to ${MAX_KEY} code units`, key.length);
  return `${collection}\u0000${key}`;
}
