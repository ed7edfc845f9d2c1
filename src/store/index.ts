// store: one contract, three homes: memory, LMDB (embedded default), Redis; LMDB can be served to other processes.
export { storeErrors } from './errors.ts';
export { serveStore } from './ipc-host.ts';
export type { StoreAnswer, StoreLine, StoreRequest } from './ipc-messages.ts';
export { openIpcStore, type IpcStoreOptions } from './ipc-store.ts';
export type { ByteStore } from './byte-store.ts';
export { openLmdbBytes, openLmdbStore, type LmdbStoreOptions } from './lmdb-store.ts';
export { createMemoryStore } from './memory-store.ts';
export type { Place, RangeOptions, Row, Store, StoreKind } from './store.ts';
export { storeHomes, type StoreHome, type StoreOptions } from './table.ts';
