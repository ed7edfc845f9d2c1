// The data directory of a gateway that has stopped: its decisions with what became of them, its rewards, its learner.
import { COLLECTIONS, type DecisionRecord, type FeedbackRecord, type Outcome } from '../../src/feedback/index.ts';
import { openLmdbStore } from '../../src/store/index.ts';

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
  readonly learner: StoredSums | undefined;
  /** Every row, as text: for what must not be in it. */
  readonly everything: string;
}

export async function readDataDirectory(directory: string): Promise<DataDirectory> {
  const store = openLmdbStore({ directory, readOnly: true });
  try {
    const rows = async (collection: string): Promise<[string, unknown][]> => {
      const found: [string, unknown][] = [];
      for await (const [key, value] of store.range(collection)) found.push([key, value]);
      return found;
    };
    const outcomes = new Map(await rows(COLLECTIONS.outcomes));
    const feedback = new Map(await rows(COLLECTIONS.feedback));
    const decisions = (await rows(COLLECTIONS.decisions)).map(([id, value]): Logged => {
      const outcome = outcomes.get(id) as Outcome | undefined;
      if (outcome === undefined) throw new Error(`decision ${id} has no outcome`);
      return { record: value as DecisionRecord, outcome, feedback: feedback.get(id) as FeedbackRecord | undefined };
    });
    const all: unknown[] = [];
    for (const collection of Object.values(COLLECTIONS)) all.push(...(await rows(collection)));
    const learner = await rows(COLLECTIONS.learner);
    return {
      decisions,
      outcomes: outcomes.size,
      rewards: (await rows(COLLECTIONS.rewards)).map(([, value]) => value) as DataDirectory['rewards'],
      learner: learner[0]?.[1] as StoredSums | undefined,
      everything: JSON.stringify(all),
    };
  } finally {
    await store.close();
  }
}

export function observations(data: DataDirectory): number {
  return Object.values(data.learner?.arms ?? {}).reduce((total, arm) => total + arm.observations, 0);
}
