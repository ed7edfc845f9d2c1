// pool: the endpoints that serve one model: membership, health, load, queue, Filter -> Score -> Pick, HTTP/1.1 to model servers.
export { poolErrors } from './errors.ts';
export { hasForbidden, readFieldLines, releaseWrites, writeHeld } from './http1/index.ts';
export { createPools, type Pools, type PoolsOptions } from './pools.ts';
export { parseRetryAfter } from './retry-after.ts';
export type { RetryBudgetConfig } from './retry-budget.ts';
export type * from './types.ts';
