// Many decisions and outcomes as one row of the store: a row of its own for each would cost more than all the rest of a request.
import type { DecisionId } from '../base/index.ts';
import { feedbackErrors } from './errors.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { unpack, type Packed } from './value-codec.ts';

/** No two decisions of a segment are further apart: whoever looks for a decision knows where to stop. */
export const SEGMENT_SPAN_MS = 250;
/** How much older than the moment of its writing the key of a segment with outcomes can be. */
export const OUTCOME_LAG_MS = 1_000;

export interface StoredSegment extends Packed {
  readonly v: 2;
  readonly replica: string;
  /** For each decision the number of its id among `strings` and where it begins in `bytes`, in turns. */
  readonly decisions: readonly number[];
  /** For each outcome the number of its decision's id and where it begins, in turns. */
  readonly outcomes: readonly number[];
  /** Roughly what it takes, in bytes. */
  readonly size: number;
}

/** Throws SLUICE_FEEDBACK_NEWER_RECORDS for a row that another version of Sluice wrote. */
export function fromStored(row: unknown, key: string): StoredSegment {
  const segment = row as StoredSegment;
  // What a newer one wrote need not look like anything known here.
  if (segment.v !== 2) throw feedbackErrors.newerRecords(key, String((segment as { v?: unknown }).v));
  return segment;
}

/** By position; "" where there is none to read. */
export function decisionIdsOf(segment: StoredSegment): DecisionId[] {
  return idsOf(segment, segment.decisions);
}

export function outcomeIdsOf(segment: StoredSegment): DecisionId[] {
  return idsOf(segment, segment.outcomes);
}

export function decisionAt(segment: StoredSegment, position: number): DecisionRecord {
  return unpack(segment, segment.decisions[position * 2 + 1] ?? 0) as DecisionRecord;
}

export function outcomeIn(segment: StoredSegment, id: string): Outcome | undefined {
  return valueOf(segment, segment.outcomes, id) as Outcome | undefined;
}

/** What is kept of this decision among `index`; undefined: nothing. */
export function valueOf(packed: Packed, index: readonly number[], id: string): unknown {
  const position = positionOf(packed, index, id);
  return position < 0 ? undefined : unpack(packed, index[position * 2 + 1] ?? 0);
}

/** -1: it is not in it. */
export function positionOf({ strings }: Packed, index: readonly number[], id: string): number {
  for (let i = 0; i < index.length; i += 2) if (strings[index[i] ?? 0] === id) return i / 2;
  return -1;
}

function idsOf({ strings }: StoredSegment, index: readonly number[]): DecisionId[] {
  const ids: DecisionId[] = [];
  for (let i = 0; i < index.length; i += 2) ids.push((strings[index[i] ?? 0] ?? '') as DecisionId);
  return ids;
}
