// pool: the endpoints that serve one model: membership, health, load, Filter -> Score -> Pick, dispatch over undici.
export { poolErrors } from './errors.ts';
export { createPools, type Pools } from './pools.ts';
export type { EndpointConfig, Exchange, Lease, PoolConfig, ResponseHead, Sink, UpstreamRequest } from './types.ts';
