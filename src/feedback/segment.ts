// Many decisions and outcomes as one row of the store: a row of its own for each would cost more than all the rest of a request.
import type { DecisionId } from '../base/index.ts';
import { feedbackErrors } from './errors.ts';
import type { Packer } from './packer.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { FORM, unpack, unpackEnd, unpackIds, type Packed } from './value-codec.ts';

/** No two decisions of a segment are further apart: whoever looks for a decision knows where to stop. */
export const SEGMENT_SPAN_MS = 250;
/** How much older than the moment of its writing the key of a segment with outcomes can be. */
export const OUTCOME_LAG_MS = 1_000;

/** Where values begin that are kept under their ids. */
export type Starts = ArrayLike<number> & Iterable<number>;

export interface Segment extends Packed {
  readonly replica: string;
  /** Where each decision begins in `bytes`: its id, and what is kept under it. */
  readonly decisions: readonly number[];
  /** The same of each outcome, under its decision's id. */
  readonly outcomes: readonly number[];
}

/** As it lies in the store. It is the packer's own memory: to be stored before that is used again. */
export function toStored(packer: Packer, replica: string, decisions: Starts, outcomes: Starts): Uint8Array {
  return packer.closeWith([replica, [...decisions], [...outcomes]]);
}

/** Throws SLUICE_FEEDBACK_NEWER_RECORDS for a row that another version of Sluice wrote. */
export function fromStored(row: unknown, key: string): Segment {
  // What another one wrote need not look like anything known here.
  if (!(row instanceof Uint8Array) || row[0] !== FORM) throw feedbackErrors.newerRecords(key, versionOf(row));
  const { end, shapes } = unpackEnd(row);
  const [replica, decisions, outcomes] = end as [string, readonly number[], readonly number[]];
  return { bytes: row, shapes, replica, decisions, outcomes };
}

function versionOf(row: unknown): string {
  return String(row instanceof Uint8Array ? row[0] : (row as { v?: unknown } | null)?.v);
}

/** By position; "" where there is none to read. */
export function decisionIdsOf(segment: Segment): DecisionId[] {
  return [...unpackIds(segment, segment.decisions)] as DecisionId[];
}

export function outcomeIdsOf(segment: Segment): DecisionId[] {
  return [...unpackIds(segment, segment.outcomes)] as DecisionId[];
}

export function decisionAt(segment: Segment, position: number): DecisionRecord {
  return unpack(segment, segment.decisions[position] ?? 0) as DecisionRecord;
}

export function outcomeIn(segment: Segment, id: string): Outcome | undefined {
  return valueOf(segment, segment.outcomes, id) as Outcome | undefined;
}

/** What is kept of this decision at one of `starts`; undefined: nothing. */
export function valueOf(packed: Packed, starts: Starts, id: string): unknown {
  const position = positionOf(packed, starts, id);
  return position < 0 ? undefined : unpack(packed, starts[position] ?? 0);
}

/** -1: it is not in it. */
export function positionOf(packed: Packed, starts: Starts, id: string): number {
  let position = 0;
  for (const other of unpackIds(packed, starts)) {
    if (other === id) return position;
    position++;
  }
  return -1;
}
