// Finds decisions and their outcomes among the segments of the journal, for whoever may read the store.
import type { RangeOptions, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt, timeOfId } from './decision-time.ts';
import {
  decisionAt,
  decisionIdsOf,
  fromStored,
  OUTCOME_LAG_MS,
  outcomeIdsOf,
  outcomeIn,
  positionOf,
  SEGMENT_SPAN_MS,
  type Segment,
} from './segment.ts';
import type { LoggedDecision, Outcome } from './types.ts';

/** Where the outcomes of a segment's decisions lie that are not in the segment itself. Written when the last is there, and now and then before. */
export interface StoredLocations {
  readonly v: 1;
  /** Of segments. */
  readonly keys: readonly string[];
  /** For each decision of the segment: the position in `keys`, or -1 when there was none. */
  readonly at: readonly number[];
  /** An id that was made when this was written: what is not in here was written later. */
  readonly upTo: string;
}

export interface FoundDecision {
  readonly key: string;
  readonly segment: Segment;
  readonly position: number;
}

export interface SegmentRange {
  /** Ids, as in Store.range. */
  readonly from?: string;
  readonly to?: string;
  readonly reverse?: boolean;
}

/** Segments in the order of their keys; the range is one of ids. */
export async function* segmentsOf(
  store: Store,
  range: RangeOptions = {},
): AsyncGenerator<readonly [key: string, segment: Segment]> {
  for await (const [key, row] of store.range(COLLECTIONS.journal, range)) yield [key, fromStored(row, key)];
}

export async function findDecision(store: Store, id: string): Promise<FoundDecision | undefined> {
  // A segment is named after its first decision, and its others are not much later.
  const from = firstIdAt(timeOfId(id) - SEGMENT_SPAN_MS);
  let to = `${id}\u0000`;
  // The last by itself: where one gateway writes it is that one, and a page would be read with all others.
  for (const limit of [1, Infinity]) {
    for await (const [key, segment] of segmentsOf(store, { from, to, reverse: true, limit })) {
      const position = positionOf(segment, segment.decisions, id);
      if (position >= 0) return { key, segment, position };
      to = key;
    }
  }
  return undefined;
}

export async function outcomeFrom(store: Store, key: string, id: string): Promise<Outcome | undefined> {
  const row = await store.get(COLLECTIONS.journal, key);
  return row === undefined ? undefined : outcomeIn(fromStored(row, key), id);
}

export interface OutcomeFinder {
  outcomeOf(found: FoundDecision): Promise<Outcome | undefined>;
  /** Looks again at what may have come since. */
  refresh(): void;
}

/** Remembers what it has read: for one pass over the log, not for good. */
export function createOutcomeFinder(store: Store): OutcomeFinder {
  const locations = new Map<string, StoredLocations | undefined>();
  /** The segment that was read last: neighbours in the log have their outcomes near each other. */
  const segments = new Map<string, Segment | undefined>();
  /** Outcomes that no location says: decision id -> key of a segment, of all segments from `scannedFrom` on. */
  const strays = new Map<string, string>();
  let scannedFrom: string | undefined;

  async function locationsOf(key: string): Promise<StoredLocations | undefined> {
    if (!locations.has(key)) {
      bound(locations);
      locations.set(key, (await store.get(COLLECTIONS.locations, key)) as StoredLocations | undefined);
    }
    return locations.get(key);
  }

  async function segmentAt(key: string): Promise<Segment | undefined> {
    if (!segments.has(key)) {
      bound(segments);
      const row = await store.get(COLLECTIONS.journal, key);
      segments.set(key, row === undefined ? undefined : fromStored(row, key));
    }
    return segments.get(key);
  }

  async function strayOf(id: string, after: string): Promise<string | undefined> {
    const from = firstIdAt(timeOfId(after) - OUTCOME_LAG_MS);
    if (scannedFrom === undefined || from < scannedFrom) {
      const range = { from, ...(scannedFrom === undefined ? {} : { to: scannedFrom }) };
      for await (const [key, segment] of segmentsOf(store, range)) {
        for (const other of outcomeIdsOf(segment)) strays.set(other, key);
      }
      scannedFrom = from;
    }
    return strays.get(id);
  }

  return {
    outcomeOf: async ({ key, segment, position }) => {
      const id = decisionIdsOf(segment)[position] ?? '';
      const own = outcomeIn(segment, id);
      if (own !== undefined) return own;
      const located = await locationsOf(key);
      const at = located?.keys[located.at[position] ?? -1] ?? (await strayOf(id, located?.upTo ?? key));
      const there = at === undefined ? undefined : await segmentAt(at);
      return there === undefined ? undefined : outcomeIn(there, id);
    },
    refresh: () => {
      locations.clear();
      strays.clear();
      scannedFrom = undefined;
    },
  };
}

/** Decisions with their outcomes, in the order of the journal: as good as oldest first (or, reversed, newest first). */
export async function* loggedDecisions(
  store: Store,
  range: SegmentRange = {},
  finder: OutcomeFinder = createOutcomeFinder(store),
): AsyncGenerator<LoggedDecision> {
  const { from, to, reverse = false } = range;
  const wide = from === undefined ? range : { ...range, from: firstIdAt(timeOfId(from) - SEGMENT_SPAN_MS) };
  for await (const [key, segment] of segmentsOf(store, wide)) {
    const ids = decisionIdsOf(segment);
    // They lie in the order in which they were packed, which is mostly that of their ends.
    const positions = [...ids.keys()].toSorted((a, b) => ((ids[a] ?? '') < (ids[b] ?? '') ? -1 : 1));
    for (const position of reverse ? positions.toReversed() : positions) {
      const id = ids[position] ?? '';
      if (id === '' || (from !== undefined && id < from) || (to !== undefined && id >= to)) continue;
      const outcome = await finder.outcomeOf({ key, segment, position });
      yield { record: decisionAt(segment, position), outcome, replica: segment.replica };
    }
  }
}

const MOST_REMEMBERED = 512;

function bound(cache: Map<string, unknown>): void {
  if (cache.size < MOST_REMEMBERED) return;
  for (const key of cache.keys()) {
    cache.delete(key);
    return;
  }
}
