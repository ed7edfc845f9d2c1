// store: one contract, homes for it: memory, LMDB (embedded default).
export { storeErrors } from './errors.ts';
export { openLmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';
export { createMemoryStore } from './memory-store.ts';
export type { Place, RangeOptions, Row, Store, StoreKind } from './store.ts';
export { storeHomes, type StoreHome } from './table.ts';
