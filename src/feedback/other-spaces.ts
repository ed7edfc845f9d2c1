// What lies in the store of other feature spaces than the one that is learnt in: never mixed in, and never silently.
import type { Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { RELEARNT } from './relearn.ts';
import type { StoredLearner } from './stored-learner.ts';

export interface OtherSpace {
  readonly fingerprint: string;
  /** That are in its sums. */
  readonly rewards: number;
}

/** Those that something was learnt in; none when the decisions of other spaces have been learnt again in this one. */
export async function otherSpaces(store: Store, fingerprint: string): Promise<readonly OtherSpace[]> {
  const spaces = new Map<string, number>();
  for await (const [key, value] of store.range(COLLECTIONS.learner)) {
    const at = key.lastIndexOf('@');
    const [space, replica] = [key.slice(0, at), key.slice(at + 1)];
    if (space === fingerprint && replica === RELEARNT) return [];
    if (space !== fingerprint) spaces.set(space, (spaces.get(space) ?? 0) + (value as StoredLearner).rewards);
  }
  return [...spaces].flatMap(([space, rewards]) => (rewards > 0 ? [{ fingerprint: space, rewards }] : []));
}
