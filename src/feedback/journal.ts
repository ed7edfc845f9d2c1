// The decision log's writer: requests are packed some at a time when they end, or soon after they began, and written with many others, off the hot path.
import { newDecisionId, type DecisionId, type Publish } from '../base/index.ts';
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { createDrafts, toStored, withoutOutcomes, type Draft } from './draft.ts';
import { createOutcomeFinder, findDecision, outcomeFrom } from './journal-reader.ts';
import { locationsRow, oldest, type OpenSegment } from './open-segment.ts';
import type { Replica } from './replica.ts';
import { decisionAt, outcomeIdsOf } from './segment.ts';
import type { DecisionRecord, LoggedDecision, Outcome } from './types.ts';
import { unpack, type Packer } from './value-codec.ts';

/**
 * How long entries gather: the longest that a crash can lose, beside the batch under way. A commit costs the store's own thread
 * about the same however little is in it.
 */
const GATHER_MS = 50;

/**
 * So many ended requests are packed in one go, while the code for it is at hand: one by one takes twice as long, and all that end in 50 ms
 * would outlive a round of the garbage collector.
 */
const PACK_AT = 32;

export interface Found extends LoggedDecision {
  /** It is not in the store yet, at least not its outcome. */
  readonly unwritten: boolean;
}

export interface Journal {
  readonly openCount: number;
  isOpen(id: DecisionId): boolean;
  /** Throws SLUICE_STORE_CLOSED after `stop`. */
  open(record: DecisionRecord): void;
  /** The decision; undefined, and nothing is recorded, when it is not open. */
  close(outcome: Outcome): DecisionRecord | undefined;
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

interface Entry {
  readonly id: DecisionId;
  /** undefined: it is closed, and can be read from its draft. */
  record: DecisionRecord | undefined;
  /** undefined: not packed yet, or written. */
  draft: Draft | undefined;
  /** In its draft or segment. */
  position: number;
  start: number;
  /** undefined: not written yet. */
  segment: OpenSegment | undefined;
}

interface Closed {
  readonly entry: Entry;
  /** undefined: it is packed, and can be read from there. */
  outcome: Outcome | undefined;
  packer: Packer | undefined;
  start: number;
}

interface Batch {
  readonly drafts: readonly Draft[];
  readonly opened: readonly Entry[];
  readonly closed: readonly Closed[];
}

export function createJournal(store: Store, replica: Replica, publish: Publish): Journal {
  const open = new Map<DecisionId, Entry>();
  /** Closed, and not yet written. */
  const recent = new Map<DecisionId, Closed>();
  const incomplete = new Map<DecisionId, OpenSegment>();
  const drafts = createDrafts((error) => publish({ kind: 'store-failed', detail: `not recorded: ${String(error)}` }));
  let opened: Entry[] = [];
  let closed: Closed[] = [];
  /** Of `closed`, the last so many are not packed yet. */
  let unpacked = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  /** Something has happened since the last checkpoint: an idle gateway writes nothing. */
  let moved = true;
  let failing = false;

  function gather(): void {
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

  function pack(entry: Entry, record: DecisionRecord): void {
    const { draft, position, start } = drafts.addDecision(record);
    entry.draft = draft;
    entry.position = position;
    entry.start = start;
  }

  function packClosed(): void {
    for (let i = closed.length - unpacked; i < closed.length; i++) {
      const one = closed[i] as Closed;
      const { entry, outcome } = one;
      if (entry.record !== undefined && entry.draft === undefined && entry.segment === undefined) {
        pack(entry, entry.record);
        entry.record = undefined;
      }
      if (outcome === undefined) continue;
      const { packer, start } = drafts.addOutcome(outcome);
      one.packer = packer;
      one.start = start;
      one.outcome = undefined;
    }
    unpacked = 0;
  }

  async function writeBatch(): Promise<void> {
    if (opened.length === 0 && closed.length === 0) return;
    packClosed();
    for (const entry of opened) if (entry.draft === undefined && entry.record !== undefined) pack(entry, entry.record);
    let batch: Batch = { drafts: drafts.take(), opened, closed };
    const gone = closed;
    opened = [];
    closed = [];
    try {
      while (!(await store.commit(rowsOf(batch), replica.guards()))) {
        for (const entry of batch.opened) entry.segment = undefined;
        await disownIfLost();
        batch = ownOnly(batch);
      }
      failing = false;
    } catch (error) {
      // Once per burst.
      if (!failing) publish({ kind: 'store-failed', detail: String(error) });
      failing = true;
      throw error;
    } finally {
      for (const entry of batch.opened) entry.draft = undefined;
      for (const { entry } of gone) recent.delete(entry.id);
    }
  }

  /** Another replica took this one for dead and has closed what was open: that is forgotten here, and the rest goes on under a new name. */
  async function disownIfLost(): Promise<boolean> {
    if (!(await replica.replaceIfLost())) return false;
    packClosed();
    for (const [id, { segment }] of open) if (segment !== undefined) open.delete(id);
    const lost = new Set<string>();
    for (const { entry } of closed) if (entry.segment !== undefined) lost.add(entry.id);
    for (const id of lost) recent.delete(id as DecisionId);
    closed = closed.filter(({ entry }) => !lost.has(entry.id));
    drafts.dropOutcomes((id) => lost.has(id));
    incomplete.clear();
    return true;
  }

  function rowsOf(batch: Batch): Row[] {
    const rows: Row[] = [];
    const homes = new Map<string, DecisionId>();
    const segments = new Map<Draft, OpenSegment>();
    for (const draft of batch.drafts) {
      const value = toStored(draft, replica.id);
      rows.push({ collection: COLLECTIONS.journal, key: draft.key, value });
      const length = draft.decisions.length / 2;
      const written: OpenSegment = { key: draft.key, at: Array.from({ length }), remaining: length, changed: false };
      segments.set(draft, written);
      if (length > 0) incomplete.set(draft.key, written);
      for (const id of outcomeIdsOf(value)) homes.set(id, draft.key);
    }
    for (const entry of batch.opened) entry.segment = entry.draft && segments.get(entry.draft);
    for (const { entry } of batch.closed) {
      const home = entry.segment;
      if (home === undefined) continue;
      home.at[entry.position] = homes.get(entry.id);
      home.changed = true;
      if (--home.remaining > 0) continue;
      incomplete.delete(home.key);
      if (home.at.some((key) => key !== home.key)) rows.push(locationsRow(home));
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
    open: (record) => {
      replica.assertRunning();
      const entry: Entry = { id: record.id, record, draft: undefined, position: 0, start: 0, segment: undefined };
      open.set(record.id, entry);
      opened.push(entry);
      moved = true;
      if (timer === undefined) gather();
    },
    close: (outcome) => {
      const entry = open.get(outcome.decisionId);
      if (entry === undefined) return undefined;
      open.delete(outcome.decisionId);
      const { record } = entry;
      const one: Closed = { entry, outcome, packer: undefined, start: 0 };
      recent.set(outcome.decisionId, one);
      closed.push(one);
      if (++unpacked >= PACK_AT) packClosed();
      moved = true;
      if (timer === undefined) gather();
      return record;
    },
    find: async (id) => {
      const entry = open.get(id);
      if (entry?.record !== undefined) {
        const unwritten = entry.segment === undefined;
        return { record: entry.record, outcome: undefined, replica: replica.id, unwritten };
      }
      const one = recent.get(id);
      if (one === undefined) return findWritten(id);
      return { record: recordOf(one.entry), outcome: outcomeOf(one), replica: replica.id, unwritten: true };
    },
    flush: write,
    checkpoint: async () => {
      if (!moved) return;
      moved = open.size > 0;
      await write();
      const rows: Row[] = [];
      for (const segment of incomplete.values()) if (segment.changed) rows.push(locationsRow(segment));
      const mark = { collection: COLLECTIONS.marks, key: replica.id, value: oldest(incomplete) ?? newDecisionId() };
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

function recordOf({ record, draft, start }: Entry): DecisionRecord {
  if (record !== undefined) return record;
  if (draft === undefined) throw new Error('a decision is neither an object nor packed');
  return unpack(draft.packer.finish(), start) as DecisionRecord;
}

function outcomeOf({ outcome, packer, start }: Closed): Outcome {
  if (outcome !== undefined) return outcome;
  if (packer === undefined) throw new Error('an outcome is neither an object nor packed');
  return unpack(packer.finish(), start) as Outcome;
}

/** Without the outcomes of decisions that are not the batch's own: another replica has closed those. */
function ownOnly({ drafts, opened, closed }: Batch): Batch {
  const own = new Set<string>(opened.map(({ id }) => id));
  for (const draft of drafts) draft.outcomes = withoutOutcomes(draft, (id) => !own.has(id));
  return { drafts, opened, closed: closed.filter(({ entry }) => own.has(entry.id)) };
}
