// learning: arms, estimators, explorers: numbers in, numbers out, seeded; no I/O.
export { createThompson, type ThompsonOptions } from './explorers/thompson.ts';
export { createLearner, priceRanks, type Learner } from './learner.ts';
export { observationWeight, sparse } from './statistics.ts';
export type {
  ArmStatistics,
  Explorer,
  LearnerArm,
  LearnerSnapshot,
  Predictions,
  Reward,
  SparseContext,
  Statistics,
} from './types.ts';
