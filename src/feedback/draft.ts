// Segments in the making: decisions and outcomes are packed as they come, so that no objects of a request outlive it.
import { newDecisionId } from '../base/index.ts';
import { timeOfId } from './decision-time.ts';
import type { Layout } from './layout.ts';
import { newSegment, type Entry, type Home, type OpenSegment } from './open-segment.ts';
import { outcomeLayout } from './outcome-layout.ts';
import type { Packer } from './packer.ts';
import { OUTCOME_LAG_MS, SEGMENT_SPAN_MS, toStored as packSegment, valueOf } from './segment.ts';
import { createSheets, type Sheet } from './sheet.ts';
import type { DecisionRecord, Outcome } from './types.ts';
import { unpack } from './value-codec.ts';

/** Of each kind in one draft. */
export interface Draft {
  /** What becomes of it. */
  readonly segment: OpenSegment;
  readonly sheet: Sheet;
}

export interface Drafts {
  /** What has not been taken. */
  readonly gathering: readonly Draft[];
  /** Without a layout the record is packed by what is found in it. */
  addDecision<R extends DecisionRecord>(record: R, layout?: Layout<R>): Entry;
  /** `home`: of its decision, if that was added here. */
  addOutcome(outcome: Outcome, home?: Home): void;
  /** Forgets outcomes as `keepOwn` does. */
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
  /** When the first and the last of its decisions were made: ms since the epoch. */
  fromMs: number;
  toMs: number;
}

/** `refused` is told of what cannot be kept; its place stays empty. */
export function createDrafts(refused: (error: unknown) => void): Drafts {
  const sheets = createSheets();
  let drafts: OpenDraft[] = [];

  function begin(): OpenDraft {
    const draft = { segment: newSegment(), sheet: sheets.take(), fromMs: Infinity, toMs: -Infinity };
    drafts.push(draft);
    return draft;
  }

  function draftFor(at: number): OpenDraft {
    const last = drafts.at(-1);
    if (last === undefined || last.sheet.isFull) return begin();
    return Math.max(last.toMs, at) - Math.min(last.fromMs, at) <= SEGMENT_SPAN_MS ? last : begin();
  }

  /** undefined: it is refused. */
  function pack<T>(packer: Packer, id: string, value: T, layout?: Layout<T>, beside?: number): number | undefined {
    try {
      return packer.add(id, value, layout, beside);
    } catch (error) {
      refused(error);
      return undefined;
    }
  }

  function addOutcome(outcome: Outcome, home?: Home): void {
    const last = drafts.at(-1);
    const { segment, sheet } = last === undefined || last.sheet.isFull ? begin() : last;
    const { packer } = sheet;
    const beside = home?.kept === true && home.segment === segment ? sheet.decisionAt(home.position) : undefined;
    const start = pack(packer, outcome.decisionId, outcome, outcomeLayout, beside) ?? packer.add('', undefined);
    sheet.addOutcome(start, home?.segment, home?.position ?? 0);
  }

  /** Into drafts of their own, which are named after now. */
  function moveOutcomes({ sheet }: OpenDraft): void {
    for (const [i, start] of sheet.outcomes.entries()) {
      const outcome = unpack(sheet.packer, start) as Outcome | undefined;
      const segment = sheet.segmentOf(i);
      const home = segment && { segment, position: sheet.positionOf(i), kept: false };
      if (outcome !== undefined) addOutcome(outcome, home);
    }
    sheet.keepOutcomes(() => false);
  }

  return {
    get gathering() {
      return drafts;
    },
    addDecision: (record, layout) => {
      const at = timeOfId(record.id);
      const draft = draftFor(at);
      const { segment, sheet } = draft;
      const position = sheet.decisionCount;
      if (at < draft.fromMs) draft.fromMs = at;
      if (at > draft.toMs) draft.toMs = at;
      if (position === 0 || record.id < segment.key) segment.key = record.id;
      const start = pack(sheet.packer, record.id, record, layout);
      // Its place stays: others are known by theirs.
      sheet.addDecision(start ?? sheet.packer.add('', undefined));
      return { segment, position, kept: start !== undefined, candidates: record.decision.candidates };
    },
    addOutcome,
    keepOwn: () => drafts.forEach(keepOwn),
    take: () => {
      const now = newDecisionId();
      const late = drafts.filter(
        ({ sheet, fromMs }) => sheet.outcomeCount > 0 && timeOfId(now) - fromMs >= OUTCOME_LAG_MS,
      );
      if (late.length > 0) begin();
      for (const draft of late) moveOutcomes(draft);
      const taken = drafts.filter(({ sheet }) => !sheet.isEmpty);
      for (const { segment, sheet } of taken) if (sheet.decisionCount === 0) segment.key = newDecisionId();
      drafts = [];
      return taken;
    },
    release: (written) => {
      for (const { sheet } of written) sheets.giveBack(sheet);
    },
  };
}

/** Forgets the outcomes of decisions that are sealed: another replica has closed those. */
export function keepOwn({ sheet }: Draft): void {
  sheet.keepOutcomes((i) => sheet.segmentOf(i)?.sealed === false);
}

/** The last word on a decision that is not written. */
export function findIn(
  drafts: readonly Draft[],
  id: string,
): { readonly record: DecisionRecord | undefined; readonly outcome: Outcome | undefined } {
  let record: unknown;
  let outcome: unknown;
  for (const { sheet } of drafts) {
    record ??= valueOf(sheet.packer, sheet.decisions, id);
    outcome ??= valueOf(sheet.packer, sheet.outcomes, id);
  }
  return { record: record as DecisionRecord | undefined, outcome: outcome as Outcome | undefined };
}

/** Its row, in its sheet's memory: whole until the draft is released. */
export function toStored({ sheet }: Draft, replica: string): Uint8Array {
  return packSegment(sheet.packer, replica, sheet.decisions, sheet.outcomes);
}
