// router: Workload + Plan + LearnerSnapshot + PoolSnapshot -> Decision; strategies/ one file each.
export { createRouter, DIRECT_ROUTE, learnerArms, type Router } from './create-router.ts';
export { costUsd, decide, explain, type DecideInput } from './decide.ts';
export { routerErrors } from './errors.ts';
export { STRATEGIES } from './strategies/index.ts';
export type { AcceptRule, Arm, Candidate, Decision, PoolSnapshot, Stage } from './types.ts';
export { judge, type Answer, type Verdict } from './verdict.ts';
