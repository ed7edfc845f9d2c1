// root: the composition root: constructs everything and wires it up, knows every room; nothing imports it but cli.
export { readPlan } from './read-plan.ts';
export { startGateway } from './start-gateway.ts';
export type { RunningGateway, Shared } from './types.ts';
