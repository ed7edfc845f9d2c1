// Segments some of whose decisions are still under way: where their outcomes lie, for whoever looks for them.
import { newDecisionId, type DecisionId } from '../base/index.ts';
import type { Row } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import type { StoredLocations } from './journal-reader.ts';
import type { RecordedCandidate } from './types.ts';

/** A segment, as long as some of its decisions are open. */
export interface OpenSegment {
  /** Of its decisions the smallest id; without any, an id that it is given when it is written. */
  key: DecisionId;
  /** Keys of the segments that hold the outcomes, by decision. */
  at: (DecisionId | undefined)[];
  remaining: number;
  changed: boolean;
  /** It has been given to the store. */
  sealed: boolean;
}

/** A decision's place. */
export interface Home {
  readonly segment: OpenSegment;
  readonly position: number;
  /** False: it could not be packed, and its place is empty. */
  readonly kept: boolean;
}

/** A decision, as long as it is open. */
export interface Entry extends Home {
  readonly candidates: readonly RecordedCandidate[];
}

export function newSegment(): OpenSegment {
  return { key: '' as DecisionId, at: [], remaining: 0, changed: false, sealed: false };
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
