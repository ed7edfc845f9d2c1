// Learns again, in the feature space of today, what people said of decisions that were made in another one.
import { createLearner, type SparseContext } from '../learning/index.ts';
import type { Store } from '../store/index.ts';
import { answerLength } from './answer-length.ts';
import { COLLECTIONS } from './collections.ts';
import { combinedScore, toReward } from './join.ts';
import { loggedDecisions } from './journal-reader.ts';
import { sumsKey } from './learner-rows.ts';
import { readFeedback } from './stored-feedback.ts';
import { toStored } from './stored-learner.ts';
import type { DecisionRecord } from './types.ts';

/** In place of a replica's name: its sums are these alone, so that to relearn twice counts nothing twice. */
export const RELEARNT = 'relearnt';

export interface RelearnOptions {
  readonly store: Store;
  /** Of the feature space of today. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** The decision's features in it; undefined: they cannot be told any more. */
  readonly contextOf: (record: DecisionRecord) => SparseContext | undefined;
}

/** Decisions of other feature spaces, by what became of them. */
export interface Relearnt {
  readonly learnt: number;
  /** With feedback, but without the text that features are made of. */
  readonly withoutText: number;
  /** With feedback on no whole answer. */
  readonly withoutAnswer: number;
  /** Answers whose length was taken in, feedback or not. */
  readonly answers: number;
}

/** Reads the whole log; writes one row. Gateways take it in when they start. */
export async function relearn({ store, fingerprint, dimensions, contextOf }: RelearnOptions): Promise<Relearnt> {
  const learner = createLearner([], dimensions);
  const counts = { learnt: 0, withoutText: 0, withoutAnswer: 0, answers: 0 };
  for await (const { record, outcome } of loggedDecisions(store)) {
    if (record.contextFingerprint === fingerprint || outcome === undefined) continue;
    const answer = answerLength(record.decision.candidates, outcome);
    if (answer !== undefined) {
      learner.observeAnswer(answer.arm, answer.outputTokens);
      counts.answers++;
    }
    const { entries } = await readFeedback(store, record.id);
    if (entries.length === 0) continue;
    const context = contextOf(record);
    const reward = context && toReward({ ...record, context }, outcome, combinedScore(entries), undefined);
    if (reward !== undefined) {
      learner.observe(reward);
      counts.learnt++;
    } else if (context === undefined) counts.withoutText++;
    else counts.withoutAnswer++;
  }
  const value = toStored(learner.statistics, { fingerprint, appliedSequence: 0, rewards: counts.learnt });
  await store.commit([{ collection: COLLECTIONS.learner, key: sumsKey(fingerprint, RELEARNT), value }]);
  return counts;
}
