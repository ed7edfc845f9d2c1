// The decision log's writer: what is opened and closed is packed at once and written with many others, off the hot path.
import { newDecisionId, type DecisionId, type Publish } from '../base/index.ts';
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { createDrafts, findIn, keepOwn, toStored, type Draft } from './draft.ts';
import { createOutcomeFinder, findDecision, outcomeFrom } from './journal-reader.ts';
import type { Layout } from './layout.ts';
import { locationsRow, oldest, type Entry, type OpenSegment } from './open-segment.ts';
import type { Replica } from './replica.ts';
import { decisionAt } from './segment.ts';
import type { DecisionRecord, LoggedDecision, Outcome, RecordedCandidate } from './types.ts';

/**
 * How long entries gather: the longest that a crash can lose, beside the batch under way. A commit costs the store's own thread
 * about the same however little is in it.
 */
const GATHER_MS = 50;

export interface Found extends LoggedDecision {
  /** It is not in the store yet, at least not its outcome. */
  readonly unwritten: boolean;
}

export interface Journal {
  readonly openCount: number;
  isOpen(id: DecisionId): boolean;
  /** Throws SLUICE_STORE_CLOSED after `stop`. */
  open<R extends DecisionRecord>(record: R, layout?: Layout<R>): void;
  /** The decision's candidates; undefined, and nothing is recorded, when it is not open. */
  close(outcome: Outcome): readonly RecordedCandidate[] | undefined;
  /** Sees everything that was opened and closed here at once, and what other replicas have written. */
  find(id: DecisionId): Promise<Found | undefined>;
  /** Everything so far is in the store when it resolves; rejects when some of it could not be written. */
  flush(): Promise<void>;
  /** What the next recovery and other readers need to know, if anything has happened since the last time. */
  checkpoint(): Promise<void>;
  /** Of its segments that hold an open decision, the oldest. */
  oldestOpen(): string | undefined;
  /** True when another replica had taken this one for dead: what was open then is closed, and the replica has a new name. */
  confirm(): Promise<boolean>;
}

export function createJournal(store: Store, replica: Replica, publish: Publish): Journal {
  const open = new Map<DecisionId, Entry>();
  /** In the store, and with an open decision. */
  const incomplete = new Map<DecisionId, OpenSegment>();
  const drafts = createDrafts((error) => publish({ kind: 'store-failed', detail: `not recorded: ${String(error)}` }));
  /** The batch under way. */
  let leaving: readonly Draft[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  /** Something has happened since the last checkpoint: an idle gateway writes nothing. */
  let moved = true;
  let failing = false;

  function gather(): void {
    moved = true;
    timer ??= setTimeout(() => {
      timer = undefined;
      // Whoever waits for the writing hears of it; nobody may be.
      write().catch(() => undefined);
    }, GATHER_MS);
  }

  function write(): Promise<void> {
    writing = (writing ?? Promise.resolve()).then(writeBatch, writeBatch);
    return writing;
  }

  async function writeBatch(): Promise<void> {
    leaving = drafts.take();
    if (leaving.length === 0) return;
    const batch = leaving;
    try {
      while (!(await store.commit(rowsOf(leaving), replica.guards()))) {
        await disownIfLost();
        leaving.forEach(keepOwn);
      }
      failing = false;
    } catch (error) {
      // Once per burst.
      if (!failing) publish({ kind: 'store-failed', detail: String(error) });
      failing = true;
      throw error;
    } finally {
      for (const { segment } of batch) segment.sealed = true;
      leaving = [];
      drafts.release(batch);
    }
  }

  /** Another replica took this one for dead and has closed what was open: that is forgotten here, and the rest goes on under a new name. */
  async function disownIfLost(): Promise<boolean> {
    if (!(await replica.replaceIfLost())) return false;
    for (const [id, { segment }] of open) if (segment.sealed) open.delete(id);
    drafts.keepOwn();
    incomplete.clear();
    return true;
  }

  /** Again after some of it was dropped: the batch's own segments are counted from the beginning. */
  function rowsOf(batch: readonly Draft[]): Row[] {
    const rows: Row[] = [];
    for (const draft of batch) {
      const { segment, sheet } = draft;
      rows.push({ collection: COLLECTIONS.journal, key: segment.key, value: toStored(draft, replica.id) });
      segment.remaining = sheet.decisionCount;
      segment.at = Array.from({ length: segment.remaining });
      if (segment.remaining > 0) incomplete.set(segment.key, segment);
    }
    for (const { segment: there, sheet } of batch) {
      for (let i = 0; i < sheet.outcomeCount; i++) {
        const segment = sheet.segmentOf(i);
        if (segment === undefined) continue;
        segment.at[sheet.positionOf(i)] = there.key;
        segment.changed = true;
        if (--segment.remaining > 0) continue;
        incomplete.delete(segment.key);
        if (segment.at.some((key) => key !== segment.key)) rows.push(locationsRow(segment));
      }
    }
    return rows;
  }

  async function findWritten(id: DecisionId): Promise<Found | undefined> {
    const found = await findDecision(store, id);
    if (found === undefined) return undefined;
    const { key, segment, position } = found;
    const known = incomplete.get(key as DecisionId);
    const at = known?.at[position];
    const outcome =
      known === undefined
        ? await createOutcomeFinder(store).outcomeOf(found)
        : at === undefined
          ? undefined
          : await outcomeFrom(store, at, id);
    return { record: decisionAt(segment, position), outcome, replica: segment.replica, unwritten: false };
  }

  return {
    get openCount() {
      return open.size;
    },
    isOpen: (id) => open.has(id),
    open: (record, layout) => {
      replica.assertRunning();
      open.set(record.id, drafts.addDecision(record, layout));
      gather();
    },
    close: (outcome) => {
      const entry = open.get(outcome.decisionId);
      if (entry === undefined) return undefined;
      open.delete(outcome.decisionId);
      drafts.addOutcome(outcome, entry);
      gather();
      return entry.candidates;
    },
    find: async (id) => {
      const { record, outcome } = findIn([...leaving, ...drafts.gathering], id);
      if (record !== undefined) return { record, outcome, replica: replica.id, unwritten: true };
      const written = await findWritten(id);
      return written === undefined || outcome === undefined ? written : { ...written, outcome, unwritten: true };
    },
    flush: write,
    checkpoint: async () => {
      if (!moved) return;
      moved = open.size > 0;
      // What comes while this is written has a later id.
      const now = newDecisionId();
      await write();
      const rows: Row[] = [];
      for (const segment of incomplete.values()) if (segment.changed) rows.push(locationsRow(segment));
      const mark = { collection: COLLECTIONS.marks, key: replica.id, value: oldest(incomplete) ?? now };
      // False: another replica has taken this one over, and has said where the outcomes are.
      if (!(await store.commit([...rows, mark], replica.guards()))) return;
      for (const segment of incomplete.values()) segment.changed = false;
    },
    oldestOpen: () => oldest(incomplete),
    confirm: () => {
      const confirmed = (writing ?? Promise.resolve()).then(disownIfLost, disownIfLost);
      writing = confirmed.then(() => undefined);
      return confirmed;
    },
  };
}
