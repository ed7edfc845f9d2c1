// One writing process among those that share a store: its name, its sign of life, and who has stopped giving one.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/index.ts';
import { storeErrors, type Place, type Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';

/** A replica that has not shown a sign of life for so long is taken for dead. */
export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

export interface StoredReplica {
  readonly v: 1;
  /** Of the feature space that it learns in. */
  readonly fingerprint: string;
  /** Another number each time: whoever watches goes by its own clock alone. */
  readonly beat: number;
  /** It has written everything down and will not write again. */
  readonly closed: boolean;
}

/** Its replica is dead: whatever it writes with its `guards` is refused from now on. */
export interface StoredTakeover {
  readonly v: 1;
  readonly by: string;
  readonly at: number;
  /** Of the one that took over: the sums of another feature space stay where they are. */
  readonly fingerprint: string;
  /** Rewards of the dead one up to this number are in the other's sums. */
  readonly appliedSequence: number;
}

export interface Replica {
  /** Another one after `replaceIfLost` was true. */
  readonly id: string;
  readonly fingerprint: string;
  /** No other process can write to this store: whoever is not this one is dead. */
  readonly exclusive: boolean;
  /** What must not be there for a commit of this replica to be good. */
  guards(): readonly Place[];
  assertRunning(): void;
  /** Tells the others that it is there, when it is time to. */
  renew(): Promise<void>;
  /** Of others that are not taken over: those that may be, and those that live. */
  look(): Promise<{ readonly dead: readonly Peer[]; readonly alive: readonly Peer[] }>;
  replaceIfLost(): Promise<boolean>;
  /** From now on `assertRunning` throws. */
  stop(): void;
  /** Says that all is written down; the next process need not wait. */
  leave(): Promise<void>;
}

export interface Peer {
  readonly id: string;
  readonly fingerprint: string;
}

export interface ReplicaOptions {
  readonly store: Store;
  readonly fingerprint: string;
  readonly clock: Clock;
  /** By default so for LMDB, whose directory has one owner. */
  readonly exclusive?: boolean;
}

export async function joinReplicas(options: ReplicaOptions): Promise<Replica> {
  const { store, fingerprint, clock, exclusive = store.kind === 'lmdb' } = options;
  let id = newReplicaId();
  let beat = 0;
  let renewedAt = -Infinity;
  let stopped = false;
  /** When each one's beat was seen to change, by this process's clock. */
  const seen = new Map<string, { readonly beat: number; readonly at: number }>();

  async function announce(closed: boolean): Promise<void> {
    const value: StoredReplica = { v: 1, fingerprint, beat: ++beat, closed };
    await store.commit([{ collection: COLLECTIONS.replicas, key: id, value }]);
  }

  function isDead(peer: string, row: StoredReplica): boolean {
    if (exclusive || row.closed) return true;
    const last = seen.get(peer);
    const now = clock.monotonicMs();
    if (last?.beat === row.beat) return now - last.at >= LEASE_MS;
    seen.set(peer, { beat: row.beat, at: now });
    return false;
  }

  await announce(false);
  return {
    get id() {
      return id;
    },
    fingerprint,
    exclusive,
    guards: () => (exclusive ? [] : [{ collection: COLLECTIONS.takeovers, key: id }]),
    assertRunning: () => {
      if (stopped) throw storeErrors.closed();
    },
    renew: async () => {
      if (exclusive || clock.monotonicMs() - renewedAt < RENEW_MS) return;
      renewedAt = clock.monotonicMs();
      await announce(false);
    },
    look: async () => {
      const [dead, alive]: [Peer[], Peer[]] = [[], []];
      for await (const [peer, value] of store.range(COLLECTIONS.replicas)) {
        if (peer === id) continue;
        const row = value as StoredReplica;
        if ((await store.get(COLLECTIONS.takeovers, peer)) !== undefined) continue;
        (isDead(peer, row) ? dead : alive).push({ id: peer, fingerprint: row.fingerprint });
      }
      return { dead, alive };
    },
    replaceIfLost: async () => {
      if (exclusive || (await store.get(COLLECTIONS.takeovers, id)) === undefined) return false;
      id = newReplicaId();
      await announce(false);
      return true;
    },
    stop: () => {
      stopped = true;
    },
    leave: () => announce(true),
  };
}

/** Removes the traces of a dead replica that was taken over; sums of another feature space than the one that took it over stay, with its name. */
export async function forgetReplica(store: Store, dead: string, fingerprint: string): Promise<void> {
  const row = (await store.get(COLLECTIONS.replicas, dead)) as StoredReplica | undefined;
  const over = (await store.get(COLLECTIONS.takeovers, dead)) as StoredTakeover | undefined;
  if (over === undefined || row?.fingerprint !== over.fingerprint || over.fingerprint !== fingerprint) return;
  await store.remove(COLLECTIONS.learner, [`${fingerprint}@${dead}`]);
  await store.remove(COLLECTIONS.marks, [dead]);
  await store.remove(COLLECTIONS.replicas, [dead]);
  await store.remove(COLLECTIONS.takeovers, [dead]);
}

/** Sorts by time, for whoever looks into the store. */
function newReplicaId(): string {
  return `rep_${Date.now().toString(16).padStart(12, '0')}${randomBytes(5).toString('hex')}`;
}
