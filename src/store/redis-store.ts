// The home for many replicas: a Redis that they share.
import { writesOf, type Write } from './codec.ts';
import { reasonOf, storeErrors } from './errors.ts';
import { createFailureReport, warn } from './failure-report.ts';
import { jsonCodec } from './json-codec.ts';
import { keyBytes, keyFromBytes } from './key-bytes.ts';
import { placeOf, placesOf, splitPlace } from './place.ts';
import { asItIs, rangeByPages, type ReadPage } from './range.ts';
import { parseRedisUrl } from './redis-address.ts';
import { pageCall, rowsKey, writeCall } from './redis-layout.ts';
import { openRedisLine, type RedisLine } from './redis-line.ts';
import { inspectRedis } from './redis-safety.ts';
import type { Store } from './store.ts';

export interface RedisStoreOptions {
  /** redis[s]://[user:password@]host[:port][/database] */
  readonly url: string;
  /** Parts the deployments that share a Redis; 1 to 64 of A-Z a-z 0-9 . _ - */
  readonly prefix?: string;
  /** Writes are refused then; a replica, or a Redis that loses data, is good enough. */
  readonly readOnly?: boolean;
  /** Told of failed appends, once per burst; without it they become process warnings. */
  readonly onWriteError?: (error: unknown) => void;
  /** Told at opening, once for each way in which this Redis may lose what it acknowledged; without it they become process warnings. */
  readonly onWarning?: (message: string) => void;
  /** How long a call waits for Redis before it rejects. */
  readonly timeoutMs?: number;
  /** How much may wait for Redis in this process. */
  readonly maxWaitingBytes?: number;
}

const DEFAULT_PREFIX = 'sluice';
const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_WAITING_BYTES = 64 * 2 ** 20;

/** Appends that are gathered in one go are sent in scripts of this many: one takes Redis about a millisecond, in which it serves nobody else. */
const APPENDS_PER_SCRIPT = 500;
const APPENDED_BYTES_PER_SCRIPT = 2 ** 20;

/**
 * What "on disk" means here: Redis has acknowledged. That outlives kill -9 of Sluice. With `appendonly yes` and `appendfsync always` it outlives
 * kill -9 of Redis and a power cut too. `everysec`, Redis's default, may lose the last two seconds in either: it puts off its writes while an fsync
 * runs. Replication is asynchronous: a failover may lose the last acknowledged writes (`min-replicas-to-write` bounds for how long), and Sluice
 * does not WAIT for replicas.
 *
 * Rejects with SLUICE_STORE_OPEN, which names host and port and never the password, when there is no usable Redis, when it is a replica, or
 * when it is set to evict keys; `onWarning` hears what else it may lose. Redis Cluster: all keys of a prefix lie in one slot; give the node
 * that holds it.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { url, prefix = DEFAULT_PREFIX, readOnly = false, onWriteError = warn, onWarning = warn } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxWaitingBytes = DEFAULT_MAX_WAITING_BYTES } = options;
  const address = parseRedisUrl(url);
  const refuse = (reason: string): Error => storeErrors.open(`Redis at ${address.name}`, reason);
  if (!/^[\w.-]{1,64}$/.test(prefix)) throw refuse('its prefix must be 1 to 64 of A-Z a-z 0-9 . _ -');
  const line = await openRedisLine(address, { timeoutMs, maxWaitingBytes }).catch((error: unknown) => {
    throw refuse(reasonOf(error));
  });
  try {
    const { refusals, warnings } = await inspectRedis(line, prefix);
    if (!readOnly) {
      if (refusals.length > 0) throw new Error(refusals.join('; '));
      for (const warning of warnings) onWarning(`Redis at ${address.name}: ${warning}`);
    }
  } catch (error) {
    await line.close();
    throw refuse(reasonOf(error));
  }
  return storeOn(line, prefix, onWriteError, readOnly);
}

function storeOn(line: RedisLine, prefix: string, onWriteError: (error: unknown) => void, readOnly: boolean): Store {
  const report = createFailureReport(onWriteError);
  let gathered: Write[] = [];
  let gatheredBytes = 0;
  /** Appends that Redis has not acknowledged yet; they resolve to what went wrong. */
  const appending = new Set<Promise<Error | undefined>>();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw storeErrors.closed();
  }

  function assertWritable(): void {
    assertOpen();
    if (readOnly) throw storeErrors.readOnly();
  }

  async function write(writes: readonly Write[], unless: readonly string[] = []): Promise<boolean> {
    const { keys, args, bytes } = writeCall(prefix, writes, unless);
    try {
      const written = await line.send(bytes, (client) => client.sluiceWrite(keys.length, keys, args));
      report.succeeded();
      return written === 1;
    } catch (cause) {
      throw storeErrors.write.with({ cause }, reasonOf(cause));
    }
  }

  /** Everything but append calls this first: what was appended before is then sent before. */
  function sendGathered(): void {
    if (gathered.length === 0) return;
    const writes = gathered;
    gathered = [];
    gatheredBytes = 0;
    const acknowledged: Promise<Error | undefined> = write(writes).then(
      () => {
        appending.delete(acknowledged);
        return undefined;
      },
      (failure: Error) => {
        appending.delete(acknowledged);
        report.failed(failure);
        return failure;
      },
    );
    appending.add(acknowledged);
  }

  async function read<T>(run: Parameters<typeof line.send<T>>[1]): Promise<T> {
    sendGathered();
    try {
      return await line.send(0, run);
    } catch (cause) {
      throw storeErrors.read.with({ cause }, reasonOf(cause));
    }
  }

  const readPage: ReadPage<Uint8Array> = async (bounds, reverse, limit) => {
    assertOpen();
    const { collection } = splitPlace(bounds.low);
    const { keys, args } = pageCall(prefix, bounds, reverse, limit);
    const [found = [], values = []] = await read((client) => client.sluicePageBuffer(keys.length, keys, args));
    return found.map((bytes, i) => {
      const key = keyFromBytes(bytes);
      const value: Buffer | null | undefined = values[i];
      // Left out, the page would look like the last one.
      if (!value) throw storeErrors.read(`"${collection}" lists a key that has no row: somebody else wrote to Redis`);
      return [placeOf(collection, key), value] as const;
    });
  };

  const readSizes: ReadPage<number> = async (bounds, reverse, limit) => {
    assertOpen();
    const { collection } = splitPlace(bounds.low);
    const { keys, args } = pageCall(prefix, bounds, reverse, limit);
    const [found = [], sizes = []] = await read((client) => client.sluiceSizesBuffer(keys.length, keys, args));
    return found.map((bytes, i) => [placeOf(collection, keyFromBytes(bytes)), sizes[i] ?? 0] as const);
  };

  async function shut(): Promise<void> {
    sendGathered();
    await line.close();
  }

  return {
    kind: 'redis',
    get: async (collection, key) => {
      assertOpen();
      placeOf(collection, key);
      const bytes = await read((client) => client.hgetBuffer(rowsKey(prefix, collection), keyBytes(key)));
      return bytes === null ? undefined : jsonCodec.decode(bytes);
    },
    range: (collection, options = {}) =>
      rangeByPages(collection, options, readPage, (found) => jsonCodec.decode(found)),
    sizes: (collection, options = {}) => rangeByPages(collection, options, readSizes, asItIs),
    append: (row) => {
      assertWritable();
      const writes = writesOf([row], jsonCodec);
      gathered.push(...writes);
      gatheredBytes += writes[0]?.bytes?.byteLength ?? 0;
      // After the caller's synchronous stretch: what it appends in one go becomes one script.
      if (gathered.length === 1) queueMicrotask(sendGathered);
      if (gathered.length >= APPENDS_PER_SCRIPT || gatheredBytes >= APPENDED_BYTES_PER_SCRIPT) sendGathered();
    },
    commit: async (rows, unlessExists) => {
      assertWritable();
      const writes = writesOf(rows, jsonCodec);
      const unless = placesOf(unlessExists);
      if (writes.length === 0 && unless.length === 0) return true;
      sendGathered();
      return write(writes, unless);
    },
    remove: async (collection, keys) => {
      assertWritable();
      const writes = keys.map((key) => ({ place: placeOf(collection, key), bytes: undefined }));
      sendGathered();
      if (writes.length > 0) await write(writes);
    },
    flush: async () => {
      assertOpen();
      sendGathered();
      const failure = (await Promise.all(appending)).find((one) => one !== undefined);
      if (failure !== undefined) throw failure;
    },
    close: () => (closing ??= shut()),
  };
}
