// Forgets the oldest decisions, with their outcomes and feedback, when they are too old or the log has grown too large.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../base/index.ts';
import type { Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt, timeOfId } from './decision-time.ts';
import type { Journal } from './journal.ts';
import type { StoredReward } from './learner-rows.ts';
import type { LearningLoop } from './learning-loop.ts';
import { forgetReplica, type Peer, type Replica, type StoredTakeover } from './replica.ts';
import { usedKeyOf } from './stored-feedback.ts';

export interface RetentionLimits {
  readonly maxAgeMs: number;
  /** Of decisions and outcomes as they are stored. */
  readonly maxBytes: number;
}

/** Rows that were removed. */
export interface Swept {
  readonly segments: number;
  readonly feedback: number;
  readonly rewards: number;
}

export interface RetentionOptions {
  readonly store: Store;
  readonly replica: Replica;
  readonly journal: Pick<Journal, 'oldestOpen'>;
  readonly loop: Pick<LearningLoop, 'fingerprint' | 'storedSequence'>;
  readonly clock: Clock;
  readonly limits: RetentionLimits;
}

/** Rows that are removed in one commit, before others have their turn. */
const STEP_ROWS = 64;
/** Other replicas, where there are any, have taken in what is older than this. */
const REWARDS_KEPT_MS = 3_600_000;
/** A process that was stopped for so long does not come back. */
const REPLICAS_KEPT_MS = 7 * 24 * 3_600_000;

export function createRetention(options: RetentionOptions): { sweep(): Promise<Swept> } {
  const { store, replica, journal, loop, clock, limits } = options;
  /** The log's size up to the segment that was counted last. */
  let counted = { bytes: 0, upTo: '' };

  async function count(): Promise<void> {
    let rows = 0;
    for await (const [key, size] of store.sizes(COLLECTIONS.journal, { from: counted.upTo })) {
      if (key !== counted.upTo) counted = { bytes: counted.bytes + size, upTo: key };
      if (++rows % STEP_ROWS === 0) await nextTurn();
    }
  }

  /** No segment from this one on may go: it, or a later one, may hold an open decision. */
  async function floorOver(peers: readonly Peer[]): Promise<string> {
    let lowest = journal.oldestOpen() ?? firstIdAt(clock.now());
    for (const { id } of peers) {
      const mark = (await store.get(COLLECTIONS.marks, id)) as string | undefined;
      // One that has said nothing yet has only just come.
      if (mark !== undefined && mark < lowest) lowest = mark;
    }
    return lowest;
  }

  /** The first id that stays. */
  async function removeSegments(end: string): Promise<{ readonly segments: number; readonly first: string }> {
    const tooOld = firstIdAt(clock.now() - limits.maxAgeMs);
    let segments = 0;
    for (;;) {
      const keys: string[] = [];
      let { bytes } = counted;
      let first = end;
      // With the first that stays.
      for await (const [key, size] of store.sizes(COLLECTIONS.journal, { to: end, limit: STEP_ROWS + 1 })) {
        first = key;
        if ((key >= tooOld && bytes <= limits.maxBytes) || keys.length === STEP_ROWS) break;
        keys.push(key);
        bytes -= size;
        first = end;
      }
      if (keys.length === 0) return { segments, first };
      await store.remove(COLLECTIONS.journal, keys);
      await store.remove(COLLECTIONS.locations, keys);
      counted = { ...counted, bytes };
      segments += keys.length;
      await nextTurn();
    }
  }

  async function removeFeedback(before: string): Promise<number> {
    let feedback = 0;
    for (;;) {
      const rows: string[] = [];
      const keys: string[] = [];
      for await (const [key, value] of store.range(COLLECTIONS.feedback, { to: before, limit: STEP_ROWS })) {
        rows.push(key);
        const used = usedKeyOf(value);
        if (used !== undefined) keys.push(used);
      }
      if (rows.length === 0) return feedback;
      // The keys first: they are only found by the rows.
      if (keys.length > 0) await store.remove(COLLECTIONS.feedbackKeys, keys);
      await store.remove(COLLECTIONS.feedback, rows);
      feedback += rows.length;
      await nextTurn();
    }
  }

  /** The last reward of a replica that is in stored sums. */
  async function lastStored(owner: string): Promise<number> {
    if (owner === replica.id) return loop.storedSequence;
    const over = (await store.get(COLLECTIONS.takeovers, owner)) as StoredTakeover | undefined;
    if (over !== undefined) return over.appliedSequence;
    // One that was taken over and forgotten; or one that lives and sees to its own.
    return replica.exclusive ? Infinity : 0;
  }

  /** Each replica's rewards lie in the order in which they came. */
  async function removeRewards(before: number): Promise<number> {
    let rewards = 0;
    let from = '';
    for (;;) {
      const keys: string[] = [];
      let owner = '';
      let last = 0;
      let kept = false;
      for await (const [key, value] of store.range(COLLECTIONS.rewards, { from, limit: STEP_ROWS })) {
        const at = key.lastIndexOf('.');
        if (owner === '') last = await lastStored((owner = key.slice(0, at)));
        kept = key.slice(0, at) === owner && (Number(key.slice(at + 1)) > last || (value as StoredReward).at >= before);
        if (kept || key.slice(0, at) !== owner) break;
        keys.push(key);
      }
      if (owner === '') return rewards;
      if (keys.length > 0) await store.remove(COLLECTIONS.rewards, keys);
      rewards += keys.length;
      if (kept) from = `${owner}/`;
      await nextTurn();
    }
  }

  /** Names of the dead that nobody needs any more. */
  async function removeReplicas(before: number): Promise<void> {
    for await (const [dead, value] of store.range(COLLECTIONS.takeovers)) {
      if ((value as StoredTakeover).at < before) await forgetReplica(store, dead, loop.fingerprint);
    }
  }

  return {
    sweep: async () => {
      const { alive, dead } = await replica.look();
      const none = { segments: 0, feedback: 0, rewards: 0 };
      // One for all is enough.
      if (alive.some(({ id }) => id < replica.id)) return none;
      await count();
      const { segments, first } = await removeSegments(await floorOver([...alive, ...dead]));
      const feedback = await removeFeedback(first);
      const cutoff = Math.min(timeOfId(first), clock.now() - REWARDS_KEPT_MS);
      const rewards = await removeRewards(replica.exclusive ? timeOfId(first) : cutoff);
      await removeReplicas(Math.min(cutoff, clock.now() - REPLICAS_KEPT_MS));
      return { segments, feedback, rewards };
    },
  };
}
