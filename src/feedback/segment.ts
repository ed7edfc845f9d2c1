// Many decisions and outcomes as one row of the store: a row of its own for each would cost more than all the rest of a request.
import { newDecisionId, type DecisionId } from '../base/index.ts';
import { timeOfId } from './decision-time.ts';
import { feedbackErrors } from './errors.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { createPacker, unpack, type Packed } from './value-codec.ts';

/** No two decisions of a segment are further apart: whoever looks for a decision knows where to stop. */
export const SEGMENT_SPAN_MS = 250;
/** How much older than the moment of its writing the key of a segment with outcomes can be. */
export const OUTCOME_LAG_MS = 1_000;
const MOST_ENTRIES = 512;

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

export interface NewSegment<T> {
  /** Of its decisions the smallest id; without any, an id of its own. */
  readonly key: DecisionId;
  readonly decisions: readonly T[];
  readonly outcomes: readonly Outcome[];
}

/**
 * Cuts what is to be written into segments. The key of one that holds an outcome is at most OUTCOME_LAG_MS older than now, so that whoever looks
 * for an outcome knows where to begin.
 */
export function cut<T extends { readonly record: DecisionRecord }>(
  decisions: readonly T[],
  outcomes: readonly Outcome[],
): readonly NewSegment<T>[] {
  const segments: NewSegment<T>[] = [];
  for (let first = 0; first < decisions.length;) {
    const { key, end } = reach(decisions, first);
    segments.push({ key, decisions: decisions.slice(first, end), outcomes: [] });
    first = end;
  }
  if (outcomes.length === 0) return segments;
  const last = segments.at(-1);
  const own = newDecisionId();
  if (last !== undefined && outcomes.length <= MOST_ENTRIES && timeOfId(own) - timeOfId(last.key) < OUTCOME_LAG_MS) {
    segments[segments.length - 1] = { ...last, outcomes };
    return segments;
  }
  for (let at = 0; at < outcomes.length; at += MOST_ENTRIES) {
    segments.push({ key: newDecisionId(), decisions: [], outcomes: outcomes.slice(at, at + MOST_ENTRIES) });
  }
  return segments;
}

function reach(
  decisions: readonly { readonly record: DecisionRecord }[],
  first: number,
): { readonly key: DecisionId; readonly end: number } {
  let key = decisions[first]?.record.id ?? newDecisionId();
  let [low, high] = [timeOfId(key), timeOfId(key)];
  let end = first + 1;
  for (; end < decisions.length && end - first < MOST_ENTRIES; end++) {
    const id = decisions[end]?.record.id ?? key;
    const at = timeOfId(id);
    if (Math.max(high, at) - Math.min(low, at) > SEGMENT_SPAN_MS) break;
    low = Math.min(low, at);
    high = Math.max(high, at);
    if (id < key) key = id;
  }
  return { key, end };
}

/** `refused` is told of what cannot be kept; the rest is. */
export function toStored(
  { decisions, outcomes }: NewSegment<{ readonly record: DecisionRecord }>,
  replica: string,
  refused: (error: unknown) => void,
): StoredSegment {
  const packer = createPacker();
  const add = (into: number[], id: DecisionId, value: unknown): void => {
    try {
      const start = packer.add(value);
      into.push(packer.intern(id), start);
    } catch (error) {
      // Its place stays: others are known by theirs.
      into.push(packer.intern(''), 0);
      refused(error);
    }
  };
  const [decisionIndex, outcomeIndex]: [number[], number[]] = [[], []];
  for (const { record } of decisions) add(decisionIndex, record.id, record);
  for (const outcome of outcomes) add(outcomeIndex, outcome.decisionId, outcome);
  const packed = packer.finish();
  let size = packed.bytes.length;
  for (const text of packed.strings) size += text.length;
  return { v: 2, replica, decisions: decisionIndex, outcomes: outcomeIndex, size, ...packed };
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

function outcomeAt(segment: StoredSegment, position: number): Outcome {
  return unpack(segment, segment.outcomes[position * 2 + 1] ?? 0) as Outcome;
}

export function outcomeIn(segment: StoredSegment, id: string): Outcome | undefined {
  const position = positionOf(segment, segment.outcomes, id);
  return position < 0 ? undefined : outcomeAt(segment, position);
}

/** -1: it is not in it. */
export function positionOf({ strings }: StoredSegment, index: readonly number[], id: string): number {
  for (let i = 0; i < index.length; i += 2) if (strings[index[i] ?? 0] === id) return i / 2;
  return -1;
}

function idsOf({ strings }: StoredSegment, index: readonly number[]): DecisionId[] {
  const ids: DecisionId[] = [];
  for (let i = 0; i < index.length; i += 2) ids.push((strings[index[i] ?? 0] ?? '') as DecisionId);
  return ids;
}
