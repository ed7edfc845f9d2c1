// store: one contract, three homes: memory, LMDB (embedded default), Redis (many replicas).
export { storeErrors } from './errors.ts';
export { openLmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';
export { createMemoryStore } from './memory-store.ts';
export { openRedisStore, type RedisStoreOptions } from './redis-store.ts';
export type { Place, RangeOptions, Row, Store, StoreKind } from './store.ts';
export { storeHomes, type StoreHome, type StoreOptions } from './table.ts';
