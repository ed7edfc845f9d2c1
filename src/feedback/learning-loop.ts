// Feeds the learner off the hot path: rewards in order, a new snapshot swapped in shortly after, statistics kept in the store.
import type { Clock, Publish } from '../base/index.ts';
import { createLearner, type LearnerArm, type LearnerSnapshot, type Reward } from '../learning/index.ts';
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS, sequenceKey } from './collections.ts';
import { fromStored, toStored, type StoredLearner } from './stored-learner.ts';

/** How long a burst of rewards is gathered before the router sees it. */
const SWAP_AFTER_MS = 20;

interface StoredReward {
  readonly v: 1;
  readonly at: number;
  /** Of the feature space: rewards of another one are never mixed in. */
  readonly fingerprint: string;
  readonly reward: Reward;
}

export interface PreparedReward {
  readonly sequence: number;
  readonly row: Row;
  readonly reward: Reward;
}

export interface LearningLoop {
  /** Of the feature space that is learnt in. */
  readonly fingerprint: string;
  /** What the router reads; one reference, swapped. */
  current(): LearnerSnapshot;
  /** Gives a reward its place in the order; its row is to be written before it is applied. */
  prepare(reward: Reward): PreparedReward;
  /** Every prepared reward is settled once: taken in if its row was written. Rewards are taken in in their order, whatever the order of settling. */
  settle(prepared: PreparedReward, written: boolean): void;
  answered(arm: string, outputTokens: number): void;
  configure(arms: readonly LearnerArm[]): void;
  /** Writes the statistics, with the number of the last reward in them. */
  checkpoint(): Promise<void>;
  close(): void;
}

export interface LearningLoopOptions {
  readonly store: Store;
  readonly arms: readonly LearnerArm[];
  readonly dimensions: number;
  /** Of the feature space (embedder and classifier). */
  readonly fingerprint: string;
  readonly clock: Clock;
  readonly publish: Publish;
}

/** Restores the statistics and applies the rewards that came after they were written: each reward counts once, also across a crash. */
export async function openLearningLoop(options: LearningLoopOptions): Promise<LearningLoop> {
  const { store, dimensions, fingerprint, clock, publish } = options;
  const stored = (await store.get(COLLECTIONS.learner, fingerprint)) as StoredLearner | undefined;
  const learner = createLearner(options.arms, dimensions, fromStored(stored, dimensions));
  let applied = stored?.appliedSequence ?? 0;
  for await (const [key, value] of store.range(COLLECTIONS.rewards, { from: sequenceKey(applied + 1) })) {
    const { reward, fingerprint: space } = value as StoredReward;
    if (space === fingerprint) learner.observe(reward);
    applied = Number(key);
  }
  let next = applied + 1;
  let snapshot = learner.snapshot();
  let swap: NodeJS.Timeout | undefined;
  let pendingRewards = 0;
  /** What was stored is version 0: rewards that were applied again are worth a checkpoint, or they would be at every start. */
  let checkpointed = stored === undefined ? -1 : 0;

  function changed(): void {
    swap ??= setTimeout(() => {
      swap = undefined;
      snapshot = learner.snapshot();
      publish({ kind: 'learner-updated', version: snapshot.version, rewards: pendingRewards });
      pendingRewards = 0;
    }, SWAP_AFTER_MS).unref();
  }

  /** Settled, but a reward before it is not yet. */
  const settled = new Map<number, Reward | undefined>();

  return {
    fingerprint,
    current: () => snapshot,
    prepare: (reward) => {
      const sequence = next++;
      const value: StoredReward = { v: 1, at: clock.now(), fingerprint, reward };
      return {
        sequence,
        reward,
        row: { collection: COLLECTIONS.rewards, key: sequenceKey(sequence), value },
      };
    },
    settle: (prepared, written) => {
      settled.set(prepared.sequence, written ? prepared.reward : undefined);
      // The stored sums name the last reward in them, so none may be overtaken.
      for (let sequence = applied + 1; settled.has(sequence); sequence = applied + 1) {
        const reward = settled.get(sequence);
        settled.delete(sequence);
        applied = sequence;
        if (reward === undefined) continue;
        learner.observe(reward);
        pendingRewards++;
        changed();
      }
    },
    answered: (arm, outputTokens) => {
      learner.observeAnswer(arm, outputTokens);
      changed();
    },
    configure: (arms) => {
      learner.configure(arms);
      snapshot = learner.snapshot();
    },
    checkpoint: async () => {
      if (checkpointed === learner.version) return;
      const version = learner.version;
      const value = toStored(learner.statistics, applied, fingerprint);
      await store.commit([{ collection: COLLECTIONS.learner, key: fingerprint, value }]);
      checkpointed = version;
    },
    close: () => clearTimeout(swap),
  };
}
