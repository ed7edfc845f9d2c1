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
  readonly fingerprint: string;
}

export interface LearningLoop {
  /** What the router reads; one reference, swapped. */
  current(): LearnerSnapshot;
  /** Gives a reward its place in the order; its row is to be written before it is applied. */
  prepare(reward: Reward, fingerprint: string): PreparedReward;
  apply(prepared: PreparedReward): void;
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
  let checkpointed = stored === undefined ? -1 : learner.version;

  function changed(): void {
    swap ??= setTimeout(() => {
      swap = undefined;
      snapshot = learner.snapshot();
      publish({ kind: 'learner-updated', version: snapshot.version, rewards: pendingRewards });
      pendingRewards = 0;
    }, SWAP_AFTER_MS).unref();
  }

  return {
    current: () => snapshot,
    prepare: (reward, space) => {
      const sequence = next++;
      const value: StoredReward = { v: 1, at: clock.now(), fingerprint: space, reward };
      return {
        sequence,
        reward,
        fingerprint: space,
        row: { collection: COLLECTIONS.rewards, key: sequenceKey(sequence), value },
      };
    },
    apply: (prepared) => {
      applied = Math.max(applied, prepared.sequence);
      if (prepared.fingerprint !== fingerprint) return;
      learner.observe(prepared.reward);
      pendingRewards++;
      changed();
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
