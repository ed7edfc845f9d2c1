// How rows lie in Redis: for each collection a hash of values and a sorted set that keeps their keys in order.
import type { Write } from './codec.ts';
import { keyBytes } from './key-bytes.ts';
import { splitPlace, type Bounds } from './place.ts';

/** A script's arguments, ready to send. */
export interface ScriptCall {
  readonly keys: readonly Buffer[];
  readonly args: readonly (Buffer | string | number)[];
  /** What it carries. */
  readonly bytes: number;
}

/**
 * `{prefix}:rows:<collection>` and `{prefix}:keys:<collection>`. The braces are Redis Cluster's hash tag: all keys of one prefix lie in one slot,
 * so that one script may write to several collections. All scores are 0, hence the set is ordered by the bytes of its members.
 */
export function rowsKey(prefix: string, collection: string): Buffer {
  return keyBytes(`{${prefix}}:rows:${collection}`);
}

function keysKey(prefix: string, collection: string): Buffer {
  return keyBytes(`{${prefix}}:keys:${collection}`);
}

/** All the writes, or none when there is a row at one of `unless`. */
export function writeCall(prefix: string, writes: readonly Write[], unless: readonly string[]): ScriptCall {
  const positions = new Map<string, number>();
  const keys: Buffer[] = [];
  const positionOf = (collection: string): number => {
    const known = positions.get(collection);
    if (known !== undefined) return known;
    const position = keys.push(rowsKey(prefix, collection));
    keys.push(keysKey(prefix, collection));
    positions.set(collection, position);
    return position;
  };
  const args: (Buffer | string | number)[] = [unless.length];
  for (const place of unless) {
    const { collection, key = '' } = splitPlace(place);
    args.push(positionOf(collection), keyBytes(key));
  }
  let bytes = 0;
  for (const { place, bytes: value } of writes) {
    const { collection, key = '' } = splitPlace(place);
    const position = positionOf(collection);
    args.push(value === undefined ? -position : position, keyBytes(key), value === undefined ? '' : bufferOf(value));
    bytes += key.length + (value?.byteLength ?? 0);
  }
  return { keys, args, bytes };
}

export function pageCall(prefix: string, { low, high }: Bounds, reverse: boolean, limit: number): ScriptCall {
  const { collection, key: first = '' } = splitPlace(low);
  const { key: end } = splitPlace(high);
  const from = Buffer.concat([Buffer.from('['), keyBytes(first)]);
  const to = end === undefined ? '+' : Buffer.concat([Buffer.from('('), keyBytes(end)]);
  const keys = [rowsKey(prefix, collection), keysKey(prefix, collection)];
  // Since Redis 6.2 there is ZRANGE ... BYLEX too; these two are also there before, and in every fork.
  const args = reverse ? ['ZREVRANGEBYLEX', to, from, limit] : ['ZRANGEBYLEX', from, to, limit];
  return { keys, args, bytes: 0 };
}

/** The same memory: ioredis takes no other view. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
