// Segments in the making: decisions and outcomes are packed as they come, so that no objects of a request outlive it.
import { newDecisionId, type DecisionId } from '../base/index.ts';
import { timeOfId } from './decision-time.ts';
import { OUTCOME_LAG_MS, SEGMENT_SPAN_MS, type StoredSegment } from './segment.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { createPacker, unpack, type Packer } from './value-codec.ts';

const MOST_ENTRIES = 512;
/** So many of the newest drafts are asked whether a decision fits. */
const DRAFTS_TRIED = 4;

export interface Draft {
  /** Of its decisions the smallest id; without any, an id that it is given when it is taken. */
  readonly key: DecisionId;
  readonly packer: Packer;
  /** As in `StoredSegment`. */
  readonly decisions: readonly number[];
  outcomes: readonly number[];
}

/** Where a decision lies: its number among the draft's, and where it begins. */
export interface DraftedDecision {
  readonly draft: Draft;
  readonly position: number;
  readonly start: number;
}

export interface Drafts {
  addDecision(record: DecisionRecord): DraftedDecision;
  /** Returns where it can be read again, until the drafts are taken or outcomes are dropped. */
  addOutcome(outcome: Outcome): { readonly packer: Packer; readonly start: number };
  /** Forgets the outcomes of these decisions. */
  dropOutcomes(isDropped: (id: string) => boolean): void;
  /**
   * What has gathered, to be written at once: the key of a draft that holds an outcome is at most OUTCOME_LAG_MS older than now, so that whoever
   * looks for an outcome knows where to begin.
   */
  take(): readonly Draft[];
}

interface OpenDraft extends Draft {
  key: DecisionId;
  readonly decisions: number[];
  outcomes: number[];
  /** When the first and the last of its decisions were made: ms since the epoch. */
  fromMs: number;
  toMs: number;
}

/** `refused` is told of what cannot be kept; its place stays empty. */
export function createDrafts(refused: (error: unknown) => void): Drafts {
  let drafts: OpenDraft[] = [];

  function begin(): OpenDraft {
    const draft = emptyDraft();
    drafts.push(draft);
    return draft;
  }

  function draftFor(at: number): OpenDraft {
    for (let i = drafts.length - 1; i >= Math.max(0, drafts.length - DRAFTS_TRIED); i--) {
      const draft = drafts[i] as OpenDraft;
      const span = Math.max(draft.toMs, at) - Math.min(draft.fromMs, at);
      if (draft.decisions.length < 2 * MOST_ENTRIES && span <= SEGMENT_SPAN_MS) return draft;
    }
    return begin();
  }

  function add(packer: Packer, into: number[], id: DecisionId, value: unknown): number {
    let start = 0;
    try {
      start = packer.add(value);
      into.push(packer.intern(id), start);
    } catch (error) {
      // Its place stays: others are known by theirs.
      into.push(packer.intern(''), 0);
      refused(error);
    }
    return start;
  }

  function addOutcome(outcome: Outcome): { readonly packer: Packer; readonly start: number } {
    const last = drafts.at(-1);
    const draft = last !== undefined && last.outcomes.length < 2 * MOST_ENTRIES ? last : begin();
    return { packer: draft.packer, start: add(draft.packer, draft.outcomes, outcome.decisionId, outcome) };
  }

  /** Into drafts of their own, which are named after now. */
  function moveOutcomes(draft: OpenDraft): void {
    const moved = draft.outcomes;
    draft.outcomes = [];
    const packed = draft.packer.finish();
    for (let i = 0; i < moved.length; i += 2) {
      if (packed.strings[moved[i] ?? 0] !== '') addOutcome(unpack(packed, moved[i + 1] ?? 0) as Outcome);
    }
  }

  return {
    addDecision: (record) => {
      const at = timeOfId(record.id);
      const draft = draftFor(at);
      draft.fromMs = Math.min(draft.fromMs, at);
      draft.toMs = Math.max(draft.toMs, at);
      if (draft.decisions.length === 0 || record.id < draft.key) draft.key = record.id;
      const start = add(draft.packer, draft.decisions, record.id, record);
      return { draft, position: draft.decisions.length / 2 - 1, start };
    },
    addOutcome,
    dropOutcomes: (isDropped) => {
      for (const draft of drafts) draft.outcomes = withoutOutcomes(draft, isDropped);
    },
    take: () => {
      const now = newDecisionId();
      const late = drafts.filter(
        ({ outcomes, fromMs }) => outcomes.length > 0 && timeOfId(now) - fromMs >= OUTCOME_LAG_MS,
      );
      if (late.length > 0) begin();
      for (const draft of late) moveOutcomes(draft);
      const taken = drafts.filter(({ decisions, outcomes }) => decisions.length + outcomes.length > 0);
      for (const draft of taken) if (draft.decisions.length === 0) draft.key = newDecisionId();
      drafts = [];
      return taken;
    },
  };
}

function emptyDraft(): OpenDraft {
  return {
    key: '' as DecisionId,
    packer: createPacker(),
    decisions: [],
    outcomes: [],
    fromMs: Infinity,
    toMs: -Infinity,
  };
}

/** A draft's outcomes but those of these decisions. */
export function withoutOutcomes({ packer, outcomes }: Draft, isDropped: (id: string) => boolean): number[] {
  const { strings } = packer.finish();
  return outcomes.filter((_, i) => !isDropped(strings[outcomes[i - (i % 2)] ?? 0] ?? ''));
}

export function toStored({ packer, decisions, outcomes }: Draft, replica: string): StoredSegment {
  const packed = packer.finish();
  let size = packed.bytes.length;
  for (const text of packed.strings) size += text.length;
  return { v: 2, replica, decisions, outcomes, size, ...packed };
}
