// Feedback as it lies in the store: a row for each word and each lesson, so that two replicas can never both write the same one.
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS, numberedKey, under } from './collections.ts';
import type { FeedbackEntry, FeedbackRecord } from './types.ts';

interface StoredFeedback {
  readonly v: 2;
  /** undefined: the row only says what was learnt. */
  readonly entry: FeedbackEntry | undefined;
  /** In `feedback-keys`, of the entry. */
  readonly key: string | undefined;
  /** The value that the learner has been given up to here. */
  readonly learned: number | undefined;
}

export interface KnownFeedback extends FeedbackRecord {
  readonly rows: number;
}

export async function readFeedback(store: Store, decisionId: string): Promise<KnownFeedback> {
  const entries: FeedbackEntry[] = [];
  let learned: number | undefined;
  let rows = 0;
  for await (const [, value] of store.range(COLLECTIONS.feedback, under(decisionId))) {
    const row = value as StoredFeedback;
    if (row.entry !== undefined) entries.push(row.entry);
    ({ learned } = row);
    rows++;
  }
  return { entries, learned, rows };
}

/** The row after those that are known: a commit must find its place free. */
export function nextFeedback(
  decisionId: string,
  known: KnownFeedback,
  said: Pick<StoredFeedback, 'entry' | 'key' | 'learned'>,
): Row {
  const value: StoredFeedback = { v: 2, ...said };
  return { collection: COLLECTIONS.feedback, key: numberedKey(decisionId, known.rows + 1), value };
}

/** Of a row of the collection `feedback`: the key that was used for it, in `feedback-keys`. */
export function usedKeyOf(value: unknown): string | undefined {
  return (value as StoredFeedback).key;
}
