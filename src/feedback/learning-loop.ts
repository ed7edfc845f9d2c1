// Feeds the learner off the hot path: rewards in order, a new snapshot swapped in shortly after, sums kept in the store and shared with other replicas.
import type { Clock, Publish } from '../base/index.ts';
import {
  createLearner,
  type LearnerArm,
  type LearnerSnapshot,
  type Reward,
  type Statistics,
} from '../learning/index.ts';
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS, numberedKey } from './collections.ts';
import { keysOf, readSums, rewardsAfter, sumRows, sumsKey, type StoredReward } from './learner-rows.ts';
import type { Peer, Replica } from './replica.ts';
import { createRewardOrder } from './reward-order.ts';
import { addStatistics, fromStored, toStored, type StoredLearner } from './stored-learner.ts';

/** How long a burst of rewards is gathered before the router sees it. */
const SWAP_AFTER_MS = 20;

export interface PreparedReward {
  readonly replica: string;
  readonly sequence: number;
  readonly row: Row;
  readonly reward: Reward;
}

export interface LearningLoop {
  /** Of the feature space that is learnt in. */
  readonly fingerprint: string;
  /** What the router reads; one reference, swapped. */
  current(): LearnerSnapshot;
  /** Gives a reward its place in this replica's order; its row is to be written before it is applied. */
  prepare(reward: Reward): PreparedReward;
  /** Every prepared reward is settled once: taken in if its row was written. Rewards are taken in in their order, whatever the order of settling. */
  settle(prepared: PreparedReward, written: boolean): void;
  answered(arm: string, outputTokens: number): void;
  configure(arms: readonly LearnerArm[]): void;
  /** Takes in what the other replicas have learnt since. */
  follow(): Promise<void>;
  /** Adds a dead replica's sums to this one's: `commit` writes the rows, all or none, and says whether they were written. */
  takeOver(peer: Peer, commit: (rows: readonly Row[], appliedSequence: number) => Promise<boolean>): Promise<boolean>;
  /** Writes this replica's sums, with the number of the last reward in them. */
  checkpoint(): Promise<void>;
  /** The number of this replica's last reward that is in the stored sums. */
  readonly storedSequence: number;
  close(): void;
}

export interface LearningLoopOptions {
  readonly store: Store;
  readonly replica: Replica;
  readonly arms: readonly LearnerArm[];
  readonly dimensions: number;
  readonly clock: Clock;
  readonly publish: Publish;
}

/** Starts from the sums of all replicas and the rewards that came after they were written: each reward counts once, also across a crash. */
export async function openLearningLoop(options: LearningLoopOptions): Promise<LearningLoop> {
  const { store, replica, dimensions, clock, publish } = options;
  const { fingerprint } = replica;
  const before = await readSums(store, fingerprint, dimensions);
  /** What all replicas have learnt. */
  const learner = createLearner(options.arms, dimensions, before.sums);
  /** Of it, what this one has to keep: the same sums without the predicting. */
  let own = createLearner([], dimensions);
  let ownId = replica.id;
  let ownRewards = 0;
  let order = createRewardOrder<Reward>();
  /** The last reward of each other replica that is in the learner. */
  const followed = before.applied;
  const finished = new Set<string>();
  let storedVersion = 0;
  let storedSequence = 0;
  /** One at a time: each writes the sums as it found them. */
  let turn: Promise<unknown> = Promise.resolve();
  let swap: NodeJS.Timeout | undefined;
  /** Those that came to this replica: of each, one tells. */
  let untold = 0;

  for (const peer of before.peers) await followOne(peer);
  let snapshot = learner.snapshot();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  function changed(): void {
    swap ??= setTimeout(() => {
      swap = undefined;
      snapshot = learner.snapshot();
      publish({ kind: 'learner-updated', version: snapshot.version, rewards: untold });
      untold = 0;
    }, SWAP_AFTER_MS).unref();
  }

  /** Under a new name it starts from nothing: whoever took the old one over has what it knew. */
  function renameIfReplaced(): void {
    if (ownId === replica.id) return;
    finished.add(ownId);
    ownId = replica.id;
    own = createLearner([], dimensions);
    ownRewards = storedSequence = storedVersion = 0;
    order = createRewardOrder();
  }

  async function followOne(peer: string): Promise<void> {
    for await (const [sequence, reward] of rewardsAfter(store, peer, followed.get(peer) ?? 0, fingerprint)) {
      followed.set(peer, sequence);
      if (reward !== undefined) learner.observe(reward);
    }
  }

  /** Lengths of answers are in no log: the sum of what each replica has stored. */
  async function followAnswers(): Promise<void> {
    const others: Statistics = new Map();
    for await (const [peer, row] of sumRows(store, fingerprint)) {
      if (peer !== ownId) addStatistics(others, fromStored(row, dimensions));
    }
    for (const key of new Set([...others.keys(), ...own.statistics.keys()])) {
      const [mine, theirs] = [own.statistics.get(key), others.get(key)];
      const known = learner.statistics.get(key) ?? noneOf(dimensions);
      known.answers = (mine?.answers ?? 0) + (theirs?.answers ?? 0);
      known.outputTokens = (mine?.outputTokens ?? 0) + (theirs?.outputTokens ?? 0);
      learner.statistics.set(key, known);
    }
  }

  async function takeOver(peer: Peer, commit: Parameters<LearningLoop['takeOver']>[1]): Promise<boolean> {
    // Sums of another feature space stay where they are, until a process that learns in it starts.
    if (peer.fingerprint !== fingerprint) return commit([], 0);
    renameIfReplaced();
    const key = sumsKey(fingerprint, peer.id);
    const stored = (await store.get(COLLECTIONS.learner, key)) as StoredLearner | undefined;
    const theirs = createLearner([], dimensions, fromStored(stored, dimensions));
    let end = stored?.appliedSequence ?? 0;
    let rewards = stored?.rewards ?? 0;
    for await (const [sequence, reward] of rewardsAfter(store, peer.id, end, fingerprint)) {
      end = sequence;
      if (reward === undefined) continue;
      theirs.observe(reward);
      rewards++;
    }
    const merged: Statistics = new Map();
    addStatistics(merged, own.statistics);
    addStatistics(merged, theirs.statistics);
    const said = { fingerprint, appliedSequence: order.applied, rewards: ownRewards + rewards };
    const { version } = own;
    const rows = [
      { collection: COLLECTIONS.learner, key: sumsKey(fingerprint, ownId), value: toStored(merged, said) },
      {
        collection: COLLECTIONS.learner,
        key,
        value: toStored(new Map(), { fingerprint, appliedSequence: end, rewards: 0 }),
      },
    ];
    if (!(await commit(rows, end))) return false;
    await followOne(peer.id);
    finished.add(peer.id);
    addStatistics(own.statistics, theirs.statistics);
    ownRewards += rewards;
    storedVersion = version;
    storedSequence = said.appliedSequence;
    changed();
    return true;
  }

  return {
    fingerprint,
    current: () => snapshot,
    get storedSequence() {
      return storedSequence;
    },
    prepare: (reward) => {
      renameIfReplaced();
      const sequence = order.take();
      const value: StoredReward = { v: 1, at: clock.now(), fingerprint, reward };
      const row = { collection: COLLECTIONS.rewards, key: numberedKey(ownId, sequence), value };
      return { replica: ownId, sequence, reward, row };
    },
    settle: (prepared, written) => {
      renameIfReplaced();
      if (prepared.replica !== ownId) {
        if (!written) return;
        // Whoever took the old name over has it in its sums.
        learner.observe(prepared.reward);
        untold++;
        changed();
        return;
      }
      for (const reward of order.settle(prepared.sequence, written ? prepared.reward : undefined)) {
        learner.observe(reward);
        own.observe(reward);
        ownRewards++;
        untold++;
        changed();
      }
    },
    answered: (arm, outputTokens) => {
      learner.observeAnswer(arm, outputTokens);
      own.observeAnswer(arm, outputTokens);
      changed();
    },
    configure: (arms) => {
      learner.configure(arms);
      snapshot = learner.snapshot();
    },
    follow: () =>
      inTurn(async () => {
        if (replica.exclusive) return;
        renameIfReplaced();
        const { version } = learner;
        const over = new Set(await keysOf(store, COLLECTIONS.takeovers));
        for (const peer of await keysOf(store, COLLECTIONS.replicas)) {
          if (peer === ownId || finished.has(peer)) continue;
          await followOne(peer);
          if (over.has(peer)) finished.add(peer);
        }
        await followAnswers();
        if (learner.version !== version) changed();
      }),
    takeOver: (peer, commit) => inTurn(() => takeOver(peer, commit)),
    checkpoint: () =>
      inTurn(async () => {
        renameIfReplaced();
        const { version } = own;
        if (version === storedVersion && order.applied === storedSequence) return;
        const said = { fingerprint, appliedSequence: order.applied, rewards: ownRewards };
        const value = toStored(own.statistics, said);
        const row = { collection: COLLECTIONS.learner, key: sumsKey(fingerprint, ownId), value };
        if (!(await store.commit([row], replica.guards()))) return;
        storedVersion = version;
        storedSequence = said.appliedSequence;
      }),
    close: () => clearTimeout(swap),
  };
}

function noneOf(dimensions: number) {
  const gram = new Float64Array(dimensions * dimensions);
  return { observations: 0, answers: 0, outputTokens: 0, gram, moment: new Float64Array(dimensions) };
}
