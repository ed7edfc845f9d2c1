// base: clock, seeded random, ids, coded errors, events, small maths: no I/O, imports nothing of ours.
export { assertNever } from './assert-never.ts';
export { manualClock, systemClock, type Clock } from './clock.ts';
export {
  defineError,
  SluiceError,
  type Blame,
  type ErrorDetails,
  type ErrorMaker,
  type ErrorSpec,
} from './coded-error.ts';
export { deepFreeze } from './deep-freeze.ts';
export * from './events.ts';
export { fnv1a, hashUniform, mix32 } from './hash.ts';
export { isDecisionId, newDecisionId, type DecisionId } from './ids.ts';
export { clamp, drawIndex, normalCdf, sum } from './maths.ts';
export { FROM_SOURCES, ownFile } from './own-file.ts';
export { seededRandom, type Random } from './random.ts';
export {
  childTraceparent,
  isSampled,
  newSpanId,
  parseTraceparent,
  traceIdOf,
  type TraceContext,
} from './trace-context.ts';
