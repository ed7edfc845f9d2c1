// The book of decisions: each is opened once, closed by exactly one Outcome, and joined with its feedback however late it comes.
import type { Clock, Publish } from '../base/index.ts';
import type { LearnerArm } from '../learning/index.ts';
import type { Store } from '../store/index.ts';
import { answerLength } from './answer-length.ts';
import { createFeedbackDesk } from './feedback-desk.ts';
import { createJournal } from './journal.ts';
import type { Layout } from './layout.ts';
import { openLearningLoop, type LearningLoop } from './learning-loop.ts';
import { takeOver } from './recovery.ts';
import { forgetReplica, joinReplicas, type Replica } from './replica.ts';
import { createRetention, type RetentionLimits, type Swept } from './retention.ts';
import type { DecisionRecord, Feedback, FeedbackResult, Outcome } from './types.ts';

export interface Ledger {
  /**
   * The record is packed at once and written shortly after; by its layout that takes half as long as by what is found in it. Throws
   * SLUICE_STORE_CLOSED after `close`.
   */
  open<R extends DecisionRecord>(record: R, layout?: Layout<R>): void;
  /** False, and nothing happens, if the decision is not open: a second outcome is never recorded. */
  close(outcome: Outcome): boolean;
  readonly openCount: number;
  /** Durable when it resolves. Throws feedbackErrors. */
  feedback(feedback: Feedback): Promise<FeedbackResult>;
  /** Everything so far is in the store when it resolves. */
  flush(): Promise<void>;
}

/** The ledger with the learner that it feeds, and what has to be done for both from time to time. */
export interface Feedbacks {
  readonly ledger: Ledger;
  readonly loop: LearningLoop;
  readonly replica: Replica;
  /** Decisions that dead processes had left open, closed at the start. */
  readonly recovered: number;
  /** To be called about once a second: shows and looks for signs of life, takes dead replicas over, learns what the others learnt. Says how many decisions it closed. */
  readonly keepUp: () => Promise<number>;
  /** Sums and marks on disk; to be called every few seconds: what a crash loses of answer lengths. Nothing new: nothing is written. */
  readonly checkpoint: () => Promise<void>;
  /** Removes what is too old or too much, in steps that let others run; to be called every minute or so. */
  readonly sweep: () => Promise<Swept>;
  /** Writes down what is left. Nothing may be opened from then on. */
  readonly close: () => Promise<void>;
}

export interface FeedbackOptions {
  readonly store: Store;
  readonly arms: readonly LearnerArm[];
  readonly dimensions: number;
  /** Of the feature space (embedder and classifier). */
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly publish: Publish;
  readonly retention: RetentionLimits;
  /** No other process writes to the store: true for LMDB unless said otherwise. */
  readonly exclusive?: boolean;
}

/** Restores what was learnt, and closes what processes that are known to be dead left open. */
export async function openFeedback(options: FeedbackOptions): Promise<Feedbacks> {
  const { store, clock, publish } = options;
  const replica = await joinReplicas(options);
  const loop = await openLearningLoop({ ...options, replica });
  const journal = createJournal(store, replica, publish);
  const desk = createFeedbackDesk({ store, journal, loop, replica, clock, publish });
  const retention = createRetention({ store, replica, journal, loop, clock, limits: options.retention });

  const ledger: Ledger = {
    get openCount() {
      return journal.openCount;
    },
    open: (record, layout) => journal.open(record, layout),
    close: (outcome) => {
      const candidates = journal.close(outcome);
      if (candidates === undefined) return false;
      const answer = answerLength(candidates, outcome);
      if (answer !== undefined) loop.answered(answer.arm, answer.outputTokens);
      desk.closed(outcome.decisionId);
      return true;
    },
    feedback: async (feedback) => {
      const result = await desk.accept(feedback);
      publish({ kind: 'feedback-received', result: result.status });
      return result;
    },
    flush: () => journal.flush(),
  };

  async function takeDeadOver(): Promise<number> {
    let closed = 0;
    const { dead } = await replica.look();
    for (const peer of dead) {
      closed += (await takeOver({ store, replica, loop, clock }, peer)) ?? 0;
      // Nobody else could know of it.
      if (replica.exclusive) await forgetReplica(store, peer.id, loop.fingerprint);
    }
    return closed;
  }

  const checkpoint = async (): Promise<void> => {
    await loop.checkpoint();
    await journal.checkpoint();
  };

  const recovered = await takeDeadOver();
  await desk.collectEarly();
  return {
    ledger,
    loop,
    replica,
    recovered,
    keepUp: async () => {
      if (replica.exclusive) return 0;
      await replica.renew();
      const closed = await takeDeadOver();
      await loop.follow();
      await desk.collectEarly();
      return closed;
    },
    checkpoint,
    sweep: () => retention.sweep(),
    close: async () => {
      replica.stop();
      loop.close();
      await journal.flush();
      await desk.collectEarly();
      await checkpoint();
      if (!replica.exclusive) await replica.leave();
    },
  };
}
