// feedback: outcome + user/judge signals -> reward; joins late feedback to its decision; feeds learning off the hot path.
export { COLLECTIONS } from './collections.ts';
export { feedbackErrors } from './errors.ts';
export { createLedger, type Ledger } from './ledger.ts';
export { openLearningLoop, type LearningLoop } from './learning-loop.ts';
export type {
  Attempt,
  DecisionRecord,
  Feedback,
  FeedbackEntry,
  FeedbackRecord,
  FeedbackResult,
  Finish,
  Outcome,
  RecordedArm,
  Usage,
} from './types.ts';
