// Where things lie in the store: one name and one key form for each collection.
export const COLLECTIONS = {
  /** Smallest decision id in it -> StoredSegment: some decisions and outcomes, as they came. */
  journal: 'journal',
  /** Key of a segment -> StoredLocations: where the outcomes of its decisions lie. */
  locations: 'locations',
  /** Decision id, ".", number from 1 on -> StoredFeedback. */
  feedback: 'feedback',
  /** Idempotency key -> what it was used for. */
  feedbackKeys: 'feedback-keys',
  /** Replica, ".", decision id: feedback that came before the outcome of a decision of that replica. */
  early: 'early',
  /** Replica, ".", sequence number -> StoredReward: the learner's input, in each replica's order. */
  rewards: 'rewards',
  /** Feature space, "@", replica -> StoredLearner: what the replica has added to the learner's sums. */
  learner: 'learner',
  /** Replica -> StoredReplica: the processes that write here. */
  replicas: 'replicas',
  /** Replica -> StoredTakeover: it is dead, and another has closed its decisions and taken over its sums. */
  takeovers: 'takeovers',
  /** Replica -> key of a segment: no decision in an earlier one of its segments lacks its outcome. */
  marks: 'marks',
} as const;

/** A number as the end of a key: keys sort by number. */
export function numberedKey(prefix: string, number: number): string {
  return `${prefix}.${number.toString().padStart(12, '0')}`;
}

/** The keys that `prefix.` begins, as the bounds of a range. */
export function under(prefix: string, after = 0): { readonly from: string; readonly to: string } {
  return { from: after === 0 ? `${prefix}.` : numberedKey(prefix, after + 1), to: `${prefix}/` };
}
