// base: clock, seeded random, ids, hashes, small maths, assertNever: no I/O, imports nothing of ours.
export { assertNever } from './assert-never.ts';
export { manualClock, systemClock, type Clock } from './clock.ts';
export { deepFreeze, type DeepReadonly } from './deep-freeze.ts';
export { fnv1a, hashUniform } from './hash.ts';
export { seededRandom, type Random } from './random.ts';
