// The data directory of a gateway that has stopped: its decisions with what became of them, its rewards, its learner.
import {
  COLLECTIONS,
  loggedDecisions,
  readFeedback,
  type DecisionRecord,
  type FeedbackRecord,
  type Outcome,
} from '../../src/feedback/index.ts';
import { fromStored } from '../../src/feedback/segment.ts';
import { openLmdbStore, type Store } from '../../src/store/index.ts';

export interface Logged {
  readonly record: DecisionRecord;
  readonly outcome: Outcome;
  readonly feedback: FeedbackRecord | undefined;
}

export interface StoredSums {
  readonly appliedSequence: number;
  readonly arms: Readonly<
    Record<
      string,
      { observations: number; answers: number; outputTokens: number; gram: Uint8Array; moment: Uint8Array }
    >
  >;
}

export interface DataDirectory {
  /** Oldest first. Reading fails when a decision has no outcome. */
  readonly decisions: readonly Logged[];
  readonly outcomes: number;
  readonly rewards: readonly { readonly reward: { readonly value: number; readonly previousValue?: number } }[];
  /** Of the only replica whose sums were not taken over; `appliedSequence` counts the rewards in them. */
  readonly learner: StoredSums | undefined;
  /** Observations in the sums of all replicas together. */
  readonly learnt: number;
  /** Every row, as text: for what must not be in it. */
  readonly everything: string;
}

export async function readDataDirectory(directory: string): Promise<DataDirectory> {
  const store = openLmdbStore({ directory, readOnly: true });
  try {
    return await readStore(store);
  } finally {
    await store.close();
  }
}

export async function readStore(store: Store): Promise<DataDirectory> {
  const rows = async (collection: string): Promise<[string, unknown][]> => {
    const found: [string, unknown][] = [];
    for await (const [key, value] of store.range(collection)) found.push([key, value]);
    return found;
  };
  const decisions: Logged[] = [];
  for await (const { record, outcome } of loggedDecisions(store)) {
    if (outcome === undefined) throw new Error(`decision ${record.id} has no outcome`);
    const { rows: count, ...feedback } = await readFeedback(store, record.id);
    decisions.push({ record, outcome, feedback: count === 0 ? undefined : feedback });
  }
  const segments = (await rows(COLLECTIONS.journal)).map(([key, value]) => fromStored(value, key));
  const all: unknown[] = [decisions];
  for (const collection of Object.values(COLLECTIONS)) all.push(...(await rows(collection)));
  const learners = (await rows(COLLECTIONS.learner)).map(([, value]) => value as StoredSums & { rewards: number });
  const [sums] = learners;
  return {
    decisions,
    outcomes: segments.reduce((total, { outcomes }) => total + outcomes.length, 0),
    rewards: (await rows(COLLECTIONS.rewards)).map(([, value]) => value) as DataDirectory['rewards'],
    learner: sums === undefined ? undefined : { appliedSequence: sums.rewards, arms: sums.arms },
    learnt: learners.flatMap(({ arms }) => Object.values(arms)).reduce((total, arm) => total + arm.observations, 0),
    everything: JSON.stringify(all),
  };
}

export function observations(data: DataDirectory): number {
  return Object.values(data.learner?.arms ?? {}).reduce((total, arm) => total + arm.observations, 0);
}
