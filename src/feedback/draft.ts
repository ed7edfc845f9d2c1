// Segments in the making: decisions and outcomes are packed as they come, so that no objects of a request outlive it.
import { newDecisionId } from '../base/index.ts';
import { timeOfId } from './decision-time.ts';
import type { Layout } from './layout.ts';
import { newSegment, type Entry, type OpenSegment } from './open-segment.ts';
import { outcomeLayout } from './outcome-layout.ts';
import { Packer } from './packer.ts';
import { OUTCOME_LAG_MS, SEGMENT_SPAN_MS, valueOf, type StoredSegment } from './segment.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { unpack } from './value-codec.ts';

const MOST_ENTRIES = 512;
const FIRST_BYTES = 16 * 1024;
const MOST_FIRST_BYTES = 256 * 1024;

export interface Draft {
  /** What becomes of it. */
  readonly segment: OpenSegment;
  readonly packer: Packer;
  /** As in `StoredSegment`. */
  readonly decisions: readonly number[];
  readonly outcomes: readonly number[];
  /** By outcome the decision that it belongs to; undefined: that of another replica. */
  readonly closed: readonly (Entry | undefined)[];
}

export interface Drafts {
  /** What has not been taken. */
  readonly gathering: readonly Draft[];
  /** Without a layout the record is packed by what is found in it. */
  addDecision<R extends DecisionRecord>(record: R, layout?: Layout<R>): Entry;
  /** `entry`: of its decision, if that was added here. */
  addOutcome(outcome: Outcome, entry?: Entry): void;
  /** Forgets outcomes as `ownOnly` does. */
  keepOwn(): void;
  /**
   * What has gathered, to be written at once: the key of a draft that holds an outcome is at most OUTCOME_LAG_MS older than now, so that whoever
   * looks for an outcome knows where to begin.
   */
  take(): readonly Draft[];
}

interface OpenDraft extends Draft {
  readonly decisions: number[];
  outcomes: number[];
  closed: (Entry | undefined)[];
  /** When the first and the last of its decisions were made: ms since the epoch. */
  fromMs: number;
  toMs: number;
}

/** `refused` is told of what cannot be kept; its place stays empty. */
export function createDrafts(refused: (error: unknown) => void): Drafts {
  let drafts: OpenDraft[] = [];
  /** As much as was needed before: to grow costs more than to have. */
  let firstBytes = FIRST_BYTES;

  function begin(): OpenDraft {
    const draft = emptyDraft(firstBytes);
    drafts.push(draft);
    return draft;
  }

  function draftFor(at: number): OpenDraft {
    const last = drafts.at(-1);
    if (last === undefined || last.decisions.length === 2 * MOST_ENTRIES) return begin();
    return Math.max(last.toMs, at) - Math.min(last.fromMs, at) <= SEGMENT_SPAN_MS ? last : begin();
  }

  function add<T>(packer: Packer, into: number[], id: string, value: T, layout: Layout<T> | undefined): void {
    try {
      // The id first: it is known when it is met again in the value.
      const number = packer.own(id);
      into.push(number, packer.add(value, layout));
    } catch (error) {
      // Its place stays: others are known by theirs.
      into.push(packer.intern(''), 0);
      refused(error);
    }
  }

  function addOutcome(outcome: Outcome, entry?: Entry): void {
    const last = drafts.at(-1);
    const draft = last !== undefined && last.closed.length < MOST_ENTRIES ? last : begin();
    draft.closed.push(entry);
    if (entry?.segment === draft.segment) {
      draft.packer.recall(outcome.decisionId, draft.decisions[2 * entry.position] ?? 0);
    }
    add(draft.packer, draft.outcomes, outcome.decisionId, outcome, outcomeLayout);
  }

  /** Into drafts of their own, which are named after now. */
  function moveOutcomes(draft: OpenDraft): void {
    const { outcomes, closed, packer } = draft;
    draft.outcomes = [];
    draft.closed = [];
    for (const [i, entry] of closed.entries()) {
      if (packer.strings[outcomes[2 * i] ?? 0] === '') continue;
      addOutcome(unpack(packer, outcomes[2 * i + 1] ?? 0) as Outcome, entry);
    }
  }

  return {
    get gathering() {
      return drafts;
    },
    addDecision: (record, layout) => {
      const at = timeOfId(record.id);
      const draft = draftFor(at);
      const { segment, decisions } = draft;
      if (at < draft.fromMs) draft.fromMs = at;
      if (at > draft.toMs) draft.toMs = at;
      if (decisions.length === 0 || record.id < segment.key) segment.key = record.id;
      add(draft.packer, decisions, record.id, record, layout);
      return { segment, position: decisions.length / 2 - 1, candidates: record.decision.candidates };
    },
    addOutcome,
    keepOwn: () => {
      drafts = drafts.map(ownOnly);
    },
    take: () => {
      const now = newDecisionId();
      const late = drafts.filter(
        ({ outcomes, fromMs }) => outcomes.length > 0 && timeOfId(now) - fromMs >= OUTCOME_LAG_MS,
      );
      if (late.length > 0) begin();
      for (const draft of late) moveOutcomes(draft);
      const taken = drafts.filter(({ decisions, outcomes }) => decisions.length + outcomes.length > 0);
      for (const { segment, decisions, packer } of taken) {
        if (decisions.length === 0) segment.key = newDecisionId();
        firstBytes = Math.min(Math.max(firstBytes, packer.bytes.buffer.byteLength), MOST_FIRST_BYTES);
      }
      drafts = [];
      return taken;
    },
  };
}

function emptyDraft(bytes: number): OpenDraft {
  return {
    segment: newSegment(),
    packer: new Packer(bytes),
    decisions: [],
    outcomes: [],
    closed: [],
    fromMs: Infinity,
    toMs: -Infinity,
  };
}

/** Without the outcomes of decisions that are sealed: another replica has closed those. */
export function ownOnly<D extends Draft>(draft: D): D {
  const own = (i: number): boolean => draft.closed[i]?.segment.sealed === false;
  return {
    ...draft,
    outcomes: draft.outcomes.filter((_, i) => own(i >> 1)),
    closed: draft.closed.filter((_, i) => own(i)),
  };
}

/** The last word on a decision that is not written. */
export function findIn(
  drafts: readonly Draft[],
  id: string,
): { readonly record: DecisionRecord | undefined; readonly outcome: Outcome | undefined } {
  let record: unknown;
  let outcome: unknown;
  for (const { packer, decisions, outcomes } of drafts) {
    record ??= valueOf(packer, decisions, id);
    outcome ??= valueOf(packer, outcomes, id);
  }
  return { record: record as DecisionRecord | undefined, outcome: outcome as Outcome | undefined };
}

export function toStored({ packer, decisions, outcomes }: Draft, replica: string): StoredSegment {
  const { strings, shapes, bytes } = packer;
  let size = bytes.length;
  for (const text of strings) size += text.length;
  return { v: 2, replica, decisions, outcomes, size, strings, shapes, bytes };
}
