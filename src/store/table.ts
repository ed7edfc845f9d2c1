// The homes that a process can own, by kind: one line each; the contract suite and the configuration run over this table.
import { openLmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';
import { createMemoryStore } from './memory-store.ts';
import type { RedisStoreOptions } from './redis-store.ts';
import type { Store, StoreKind } from './store.ts';

/** What any home may need; each takes its part. */
export interface StoreOptions extends LmdbStoreOptions, Omit<RedisStoreOptions, 'url'> {
  /** Of Redis; by default the one on this machine. */
  readonly url?: string;
}

const LOCAL_REDIS_URL = 'redis://127.0.0.1:6379';

export interface StoreHome {
  /** What was written is there after close and open. */
  readonly survivesClose: boolean;
  /** A promise, so that a home across the network can connect first. */
  open(options: StoreOptions): Promise<Store>;
}

export const storeHomes = {
  memory: { survivesClose: false, open: async () => createMemoryStore() },
  lmdb: { survivesClose: true, open: async (options) => openLmdbStore(options) },
  redis: {
    survivesClose: true,
    open: async ({ url = LOCAL_REDIS_URL, ...options }) => {
      // Loaded by those who want it alone: its client takes 100 ms and 20 MB.
      const { openRedisStore } = await import('./redis-store.ts');
      return openRedisStore({ ...options, url });
    },
  },
} satisfies Record<Exclude<StoreKind, 'ipc'>, StoreHome>;
