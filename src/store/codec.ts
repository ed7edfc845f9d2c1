// Values to bytes and back, alike for every row of a home, so that a value reads the same before and after it reached the disk.
import { deserialize, serialize } from 'node:v8';
import { reasonOf, storeErrors } from './errors.ts';
import { placeOf } from './place.ts';
import type { Row } from './store.ts';

/** One change: the bytes to put at a place, or undefined to remove what is there. */
export interface Write {
  readonly place: string;
  readonly bytes: Uint8Array | undefined;
}

export interface Codec {
  /** Throws anything for a value that it cannot give back as it was. Bytes may be their own encoding, in the same memory. */
  encode(value: unknown): Uint8Array;
  /** What it gives may be made of views of `bytes`. */
  decode(bytes: Uint8Array): unknown;
}

/**
 * For bytes that stay with one Node: V8's own format and not msgpack, which turns Uint8Array into Buffer, -0 into 0 and lone surrogates into
 * U+FFFD, and renames a "__proto__" key. It costs 15 us for a 2 KB record where msgpackr costs 9. A newer Node reads what an older one wrote,
 * not always the other way round. A Uint8Array inside may be a view at any offset of a larger buffer: copy it before looking at it as another
 * typed array. Bytes that cannot be taken for that format stand for themselves.
 */
export const v8Codec: Codec = {
  encode: (value) => (standsForItself(value) ? value : serialize(value)),
  decode: (bytes) => {
    if (bytes[0] === V8_MARK) return deserialize(bytes);
    // Never a Buffer.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
};

/** The first byte of V8's format. */
const V8_MARK = 0xff;

function standsForItself(value: unknown): value is Uint8Array {
  // A Buffer is to come back as one.
  return (
    value instanceof Uint8Array &&
    Object.getPrototypeOf(value) === Uint8Array.prototype &&
    value.length > 0 &&
    value[0] !== V8_MARK
  );
}

/** As `writesOf` does, in memory of its own, for who keeps it longer than the caller keeps still. */
export function ownWritesOf(rows: readonly Row[], codec: Codec): Write[] {
  return writesOf(rows, codec).map(({ place, bytes }, i) => ({
    place,
    bytes: bytes !== undefined && bytes === rows[i]?.value ? new Uint8Array(bytes) : bytes,
  }));
}

/** Checks and encodes all rows before anything is written. Throws SLUICE_STORE_KEY and SLUICE_STORE_VALUE. */
export function writesOf(rows: readonly Row[], codec: Codec): Write[] {
  return rows.map((row) => ({ place: placeOf(row.collection, row.key), bytes: encode(row, codec) }));
}

function encode({ collection, value }: Row, codec: Codec): Uint8Array {
  // undefined is what get says for "nothing there".
  if (value === undefined) throw storeErrors.value(collection, 'it is undefined');
  try {
    return codec.encode(value);
  } catch (cause) {
    throw storeErrors.value.with({ cause }, collection, reasonOf(cause));
  }
}
