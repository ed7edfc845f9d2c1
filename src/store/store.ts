// The contract that every home of the store keeps: rows by collection and key, write-behind appends, durable commits.
//
// "On disk" is what the home can promise: nothing in memory; an fsync in LMDB; in Redis that the server has acknowledged it, which is as good as
// the server's `appendonly` and `appendfsync` (see redis-store.ts). Where other processes write to the same home, each call is atomic among
// theirs too, and `unlessExists` decides between them.

/**
 * A row's place and value. Keys sort by UTF-16 code unit inside a collection. Values are plain JSON-like data (objects, arrays, numbers,
 * strings, booleans, null) and Uint8Array; they are copied when they come in and again when they go out, but for one thing: a value that is
 * itself a Uint8Array is not to change until the commit that it is given to has settled.
 * A collection's name is 1 to 64 code units without NUL, a key 1 to 900: other ones are SLUICE_STORE_KEY.
 */
export interface Row {
  readonly collection: string;
  readonly key: string;
  readonly value: unknown;
}

export interface Place {
  readonly collection: string;
  readonly key: string;
}

export interface RangeOptions {
  /** First key, inclusive. */
  readonly from?: string;
  /** End key, exclusive. */
  readonly to?: string;
  /** Largest key first; `from` and `to` keep their meaning. */
  readonly reverse?: boolean;
  /** Rows, not bytes. */
  readonly limit?: number;
}

export interface Store {
  readonly kind: StoreKind;

  /**
   * The value, or undefined when there is none. Sees every earlier append and commit of this process, also before it is on disk. Rejects with
   * SLUICE_STORE_READ when the home cannot be reached; so does a step of `range`.
   */
  get(collection: string, key: string): Promise<unknown>;

  /**
   * The rows in key order, read in pages: whatever was written before the first step is seen (if it could be written), what is written while
   * the range runs may be. No snapshot is held between pages, so a slow reader costs the writer nothing.
   */
  range(collection: string, options?: RangeOptions): AsyncIterable<readonly [key: string, value: unknown]>;

  /** How many bytes the home keeps for each value of a range, without reading them into this process's memory. As `range` otherwise. */
  sizes(collection: string, options?: RangeOptions): AsyncIterable<readonly [key: string, bytes: number]>;

  /**
   * Write-behind: visible to `get` at once, committed in the background in call order. A crash loses at most the batch that is being written
   * and the one that is being gathered, for up to 20 ms (Redis: what it has not acknowledged, of which there is a bounded amount). A failed
   * write goes to `onWriteError`, once per burst of failures; the rows of that batch are lost.
   * Throws SLUICE_STORE_KEY, _VALUE, _READ_ONLY and _CLOSED at once.
   */
  append(row: Row): void;

  /**
   * All rows or none, on disk (it survives kill -9 and, as far as fsync goes, a power cut) when it resolves to true. False: a key of
   * `unlessExists` existed (and was on disk) and nothing was written; put such a key among the rows to make the commit happen once only.
   * Rejects with SLUICE_STORE_WRITE, and none of it is stored, when the disk refuses. Over a network the answer itself can be lost: then all of
   * it or none may be stored. Calling again with the same `unlessExists` is safe: false says that the first call got through.
   */
  commit(rows: readonly Row[], unlessExists?: Place | readonly Place[]): Promise<boolean>;

  /** On disk when it resolves; keys that do not exist are no error. */
  remove(collection: string, keys: readonly string[]): Promise<void>;

  /** Resolves when everything appended so far is on disk; SLUICE_STORE_WRITE when some of it could not be written. */
  flush(): Promise<void>;

  /** Writes what is left, then frees the home; a second call waits for the first. Every other call from then on is SLUICE_STORE_CLOSED. */
  close(): Promise<void>;
}

/** ipc: in another process, which owns one of the other kinds. */
export type StoreKind = 'memory' | 'lmdb' | 'redis' | 'ipc';
