// Segments in the making: decisions and outcomes are packed as they come, so that no objects of a request outlive it.
import { newDecisionId } from '../base/index.ts';
import { timeOfId } from './decision-time.ts';
import type { Layout } from './layout.ts';
import { newSegment, type Entry, type OpenSegment } from './open-segment.ts';
import { outcomeLayout } from './outcome-layout.ts';
import { Packer } from './packer.ts';
import { OUTCOME_LAG_MS, SEGMENT_SPAN_MS, toStored as packSegment, valueOf } from './segment.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { unpack } from './value-codec.ts';

/** Of each kind in one draft, and what it takes before another is begun. */
const MOST_ENTRIES = 512;
const MOST_BYTES = 256 * 1024;
const FIRST_BYTES = 16 * 1024;
/** What is kept to be used again: a batch and what gathers meanwhile, at the highest rates. */
const MOST_FREE = 8;
const MOST_FREE_BYTES = 2 * MOST_BYTES;

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
  /** Nobody needs these any more: later ones are made in their memory. */
  release(drafts: readonly Draft[]): void;
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
  /**
   * Used again: memory that is needed for so long outlives V8's young generation, and what is allocated outside of its heap makes it collect all
   * of the old one.
   */
  const free: Packer[] = [];

  function begin(): OpenDraft {
    const draft = emptyDraft(free.pop() ?? new Packer(FIRST_BYTES));
    drafts.push(draft);
    return draft;
  }

  function draftFor(at: number): OpenDraft {
    const last = drafts.at(-1);
    if (last === undefined || isFull(last)) return begin();
    return Math.max(last.toMs, at) - Math.min(last.fromMs, at) <= SEGMENT_SPAN_MS ? last : begin();
  }

  /** False: it is refused, and its place stays empty: others are known by theirs. */
  function add<T>(packer: Packer, into: number[], id: string, value: T, layout?: Layout<T>, beside?: number): boolean {
    try {
      into.push(packer.add(id, value, layout, beside));
      return true;
    } catch (error) {
      into.push(packer.add('', undefined));
      refused(error);
      return false;
    }
  }

  function addOutcome(outcome: Outcome, entry?: Entry): void {
    const last = drafts.at(-1);
    const draft = last === undefined || isFull(last) ? begin() : last;
    draft.closed.push(entry);
    const beside =
      entry?.kept === true && entry.segment === draft.segment ? draft.decisions[entry.position] : undefined;
    add(draft.packer, draft.outcomes, outcome.decisionId, outcome, outcomeLayout, beside);
  }

  /** Into drafts of their own, which are named after now. */
  function moveOutcomes(draft: OpenDraft): void {
    const { outcomes, closed, packer } = draft;
    draft.outcomes = [];
    draft.closed = [];
    for (const [i, entry] of closed.entries()) {
      const outcome = unpack(packer, outcomes[i] ?? 0) as Outcome | undefined;
      if (outcome !== undefined) addOutcome(outcome, entry);
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
      const kept = add(draft.packer, decisions, record.id, record, layout);
      return { segment, position: decisions.length - 1, kept, candidates: record.decision.candidates };
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
      for (const { segment, decisions } of taken) if (decisions.length === 0) segment.key = newDecisionId();
      drafts = [];
      return taken;
    },
    release: (written) => {
      for (const { packer } of written) {
        if (free.length === MOST_FREE || packer.room > MOST_FREE_BYTES) continue;
        packer.clear();
        free.push(packer);
      }
    },
  };
}

function emptyDraft(packer: Packer): OpenDraft {
  return {
    segment: newSegment(),
    packer,
    decisions: [],
    outcomes: [],
    closed: [],
    fromMs: Infinity,
    toMs: -Infinity,
  };
}

function isFull({ decisions, outcomes, packer }: Draft): boolean {
  return decisions.length === MOST_ENTRIES || outcomes.length === MOST_ENTRIES || packer.position >= MOST_BYTES;
}

/** Without the outcomes of decisions that are sealed: another replica has closed those. */
export function ownOnly<D extends Draft>(draft: D): D {
  const own = (i: number): boolean => draft.closed[i]?.segment.sealed === false;
  return {
    ...draft,
    outcomes: draft.outcomes.filter((_, i) => own(i)),
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

/** Its row, in its packer's memory: whole until the draft is released. */
export function toStored({ packer, decisions, outcomes }: Draft, replica: string): Uint8Array {
  return packSegment(packer, { replica, decisions, outcomes });
}
