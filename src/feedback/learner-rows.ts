// What replicas have learnt, as it lies in the store: their sums, and the rewards that came after them.
import type { Reward, Statistics } from '../learning/index.ts';
import type { Store } from '../store/index.ts';
import { COLLECTIONS, under } from './collections.ts';
import { addStatistics, fromStored, type StoredLearner } from './stored-learner.ts';

export interface StoredReward {
  readonly v: 1;
  readonly at: number;
  /** Of the feature space: rewards of another one are never mixed in. */
  readonly fingerprint: string;
  readonly reward: Reward;
}

export interface Sums {
  readonly sums: Statistics;
  /** For each replica the number of its last reward in the sums. */
  readonly applied: Map<string, number>;
  readonly peers: readonly string[];
}

/** The sums of all replicas. A takeover moves sums from one row to another: what was read while one happened is read again. */
export async function readSums(store: Store, fingerprint: string, dimensions: number): Promise<Sums> {
  for (;;) {
    const over = await keysOf(store, COLLECTIONS.takeovers);
    const sums: Statistics = new Map();
    const applied = new Map<string, number>();
    for await (const [replica, row] of sumRows(store, fingerprint)) {
      addStatistics(sums, fromStored(row, dimensions));
      applied.set(replica, row.appliedSequence);
    }
    const peers = new Set([...applied.keys(), ...(await keysOf(store, COLLECTIONS.replicas))]);
    if ((await keysOf(store, COLLECTIONS.takeovers)).length === over.length)
      return { sums, applied, peers: [...peers] };
  }
}

/** What each replica has stored of what it learnt in that feature space. */
export async function* sumRows(store: Store, fingerprint: string): AsyncGenerator<[replica: string, StoredLearner]> {
  const range = { from: sumsKey(fingerprint, ''), to: `${fingerprint}A` };
  for await (const [key, value] of store.range(COLLECTIONS.learner, range))
    yield [key.slice(fingerprint.length + 1), value as StoredLearner];
}

/** A replica's rewards after that number, in its order; of another feature space: undefined, they are only to be passed over. */
export async function* rewardsAfter(
  store: Store,
  replica: string,
  sequence: number,
  fingerprint: string,
): AsyncGenerator<[sequence: number, Reward | undefined]> {
  for await (const [key, value] of store.range(COLLECTIONS.rewards, under(replica, sequence))) {
    const { reward, fingerprint: space } = value as StoredReward;
    yield [Number(key.slice(key.lastIndexOf('.') + 1)), space === fingerprint ? reward : undefined];
  }
}

export function sumsKey(fingerprint: string, replica: string): string {
  return `${fingerprint}@${replica}`;
}

export async function keysOf(store: Store, collection: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const [key] of store.range(collection)) keys.push(key);
  return keys;
}
