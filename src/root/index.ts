// root: the composition root: constructs everything, start-gateway.ts reads from top to bottom; only cli imports it.
export { createOffline, type Offline, type OfflineDecision, type OfflineRequest } from './offline.ts';
export { readPlan } from './read-plan.ts';
export { relearnLog } from './relearn-log.ts';
export { startGateway } from './start-gateway.ts';
export type { RunningGateway, Shared } from './types.ts';
