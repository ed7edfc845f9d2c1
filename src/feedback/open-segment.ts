// Segments in the store some of whose decisions are still under way: where their outcomes lie, for whoever looks for them.
import { newDecisionId, type DecisionId } from '../base/index.ts';
import type { Row } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import type { StoredLocations } from './journal-reader.ts';

/** A written segment some of whose decisions are open. */
export interface OpenSegment {
  readonly key: DecisionId;
  /** Keys of the segments that hold the outcomes, by decision. */
  readonly at: (DecisionId | undefined)[];
  remaining: number;
  changed: boolean;
}

export function oldest(segments: ReadonlyMap<DecisionId, OpenSegment>): DecisionId | undefined {
  let first: DecisionId | undefined;
  for (const key of segments.keys()) if (first === undefined || key < first) first = key;
  return first;
}

export function locationsRow(segment: OpenSegment): Row {
  const keys: string[] = [];
  const positions = new Map<string, number>();
  const at = Array.from(segment.at, (key) => {
    if (key === undefined) return -1;
    let position = positions.get(key);
    if (position === undefined) positions.set(key, (position = keys.push(key) - 1));
    return position;
  });
  const value: StoredLocations = { v: 1, keys, at, upTo: newDecisionId() };
  return { collection: COLLECTIONS.locations, key: segment.key, value };
}
