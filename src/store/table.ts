// The homes there are, by kind: one line each; the contract suite and the configuration run over this table.
import { openLmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';
import { createMemoryStore } from './memory-store.ts';
import type { Store, StoreKind } from './store.ts';

export interface StoreHome {
  /** What was written is there after close and open. */
  readonly survivesClose: boolean;
  /** A promise, so that a home across the network can connect first. */
  open(options: LmdbStoreOptions): Promise<Store>;
}

export const storeHomes = {
  memory: { survivesClose: false, open: async () => createMemoryStore() },
  lmdb: { survivesClose: true, open: async (options) => openLmdbStore(options) },
} satisfies Record<StoreKind, StoreHome>;
