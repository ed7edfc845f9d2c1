// feedback: the decision log; outcome + feedback -> reward, however late; feeds learning off the hot path, together with other replicas.
export { COLLECTIONS } from './collections.ts';
export { firstIdAt, timeOfId } from './decision-time.ts';
export { feedbackErrors } from './errors.ts';
export { createOutcomeFinder, loggedDecisions, type OutcomeFinder, type SegmentRange } from './journal-reader.ts';
export { openFeedback, type FeedbackOptions, type Feedbacks, type Ledger } from './ledger.ts';
export { ID, layout, PLAIN, type Layout } from './layout.ts';
export type { LearningLoop } from './learning-loop.ts';
export { otherSpaces, type OtherSpace } from './other-spaces.ts';
export { relearn, type Relearnt } from './relearn.ts';
export type { RetentionLimits, Swept } from './retention.ts';
export { readFeedback } from './stored-feedback.ts';
export type {
  Attempt,
  DecisionRecord,
  Feedback,
  FeedbackEntry,
  FeedbackRecord,
  FeedbackResult,
  Finish,
  LoggedDecision,
  Outcome,
  RecordedCandidate,
  Usage,
} from './types.ts';
