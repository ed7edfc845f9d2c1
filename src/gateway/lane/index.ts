// The lane: requests of the plain form, read from their connection and answered on it; all others are node:http's.
export { openLane } from './open-lane.ts';
export type { Lane, LaneRequest, RequestHead } from './types.ts';
