// router: Workload + Plan + LearnerSnapshot + PoolSnapshot -> Decision; strategies/ one file each.
export { createRouter, learnerArms, type Router } from './create-router.ts';
export { costUsd, decide, type DecideInput } from './decide.ts';
export { routerErrors } from './errors.ts';
export { explain } from './explain.ts';
export { factsThatWait } from './facts-that-wait.ts';
export { STRATEGIES } from './strategies/index.ts';
export { nearnessByScores, nearnessByText, topicText, type Encoded, type TopicSense } from './topic-sense.ts';
export type {
  AcceptRule,
  Arm,
  Candidate,
  Confined,
  Decision,
  PassedOver,
  PoolSnapshot,
  PoolState,
  Stage,
} from './types.ts';
export { judge, type Answer, type Verdict } from './verdict.ts';
