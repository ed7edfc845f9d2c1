// Where things lie in the store: one name and one key form for each collection.
export const COLLECTIONS = {
  /** Decision id -> DecisionRecord. */
  decisions: 'decisions',
  /** Decision id -> Outcome. */
  outcomes: 'outcomes',
  /** Decision id -> FeedbackRecord. */
  feedback: 'feedback',
  /** Idempotency key -> what it was used for. */
  feedbackKeys: 'feedback-keys',
  /** Sequence number -> StoredReward: the learner's input, in order. */
  rewards: 'rewards',
  /** Feature space -> the learner's statistics and the last reward in them. */
  learner: 'learner',
  /** `oldest-open`: no decision before this id lacks its outcome. */
  marks: 'marks',
} as const;

/** Sequence numbers as keys that sort by number. */
export function sequenceKey(sequence: number): string {
  return sequence.toString().padStart(16, '0');
}
