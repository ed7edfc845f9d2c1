// What a dead replica left behind: its open decisions get their outcome, its sums go to the one that takes it over. All in one commit, once.
import { newDecisionId, type Clock, type DecisionId } from '../base/index.ts';
import type { Row, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt, timeOfId } from './decision-time.ts';
import { createDrafts, toStored } from './draft.ts';
import { segmentsOf, type StoredLocations } from './journal-reader.ts';
import type { LearningLoop } from './learning-loop.ts';
import type { Peer, Replica, StoredTakeover } from './replica.ts';
import { decisionAt, decisionIdsOf, fromStored, OUTCOME_LAG_MS, outcomeIdsOf } from './segment.ts';
import type { DecisionRecord, Outcome } from './types.ts';

export interface Recovery {
  readonly store: Store;
  readonly replica: Replica;
  readonly loop: LearningLoop;
  readonly clock: Clock;
}

/** How many decisions were closed; undefined when another replica has taken it over. */
export async function takeOver({ store, replica, loop, clock }: Recovery, peer: Peer): Promise<number | undefined> {
  const left = await unclosedOf(store, peer.id);
  const { rows, closed } = abandon(left, replica.id, clock.now());
  const place = { collection: COLLECTIONS.takeovers, key: peer.id };
  const taken = await loop.takeOver(peer, (sums, appliedSequence) => {
    const { fingerprint } = loop;
    const value: StoredTakeover = { v: 1, by: replica.id, at: clock.now(), fingerprint, appliedSequence };
    return store.commit([...rows, ...sums, { ...place, value }], [place, ...replica.guards()]);
  });
  return taken ? closed : undefined;
}

/** A segment of the dead one with what is known of its decisions. */
interface LeftSegment {
  readonly ids: readonly DecisionId[];
  /** Where their outcomes are. */
  readonly at: (string | undefined)[];
  readonly open: Map<number, DecisionRecord>;
}

async function unclosedOf(store: Store, peer: string): Promise<ReadonlyMap<string, LeftSegment>> {
  const mark = ((await store.get(COLLECTIONS.marks, peer)) as string | undefined) ?? '';
  const left = new Map<string, LeftSegment>();
  const homes = new Map<
    DecisionId,
    { readonly segment: LeftSegment; readonly key: string; readonly position: number }
  >();
  /** Segments need not lie in the order in which they were written. */
  const closings: [DecisionId, string][] = [];
  const close = (id: DecisionId, at: string): boolean => {
    const home = homes.get(id);
    if (home === undefined) return false;
    homes.delete(id);
    home.segment.at[home.position] = at;
    home.segment.open.delete(home.position);
    if (home.segment.open.size === 0) left.delete(home.key);
    return true;
  };
  const from = mark === '' ? '' : firstIdAt(timeOfId(mark) - OUTCOME_LAG_MS);
  for await (const [key, segment] of segmentsOf(store, { from })) {
    if (segment.replica !== peer) continue;
    if (key >= mark) {
      const ids = decisionIdsOf(segment);
      const entry: LeftSegment = { ids, at: ids.map(() => undefined), open: new Map() };
      left.set(key, entry);
      for (const [position, id] of ids.entries()) {
        if (id === '') continue;
        entry.open.set(position, decisionAt(segment, position));
        homes.set(id, { segment: entry, key, position });
      }
      if (entry.open.size === 0) left.delete(key);
    }
    for (const id of outcomeIdsOf(segment)) if (!close(id, key)) closings.push([id, key]);
  }
  for (const [id, key] of closings) close(id, key);
  return left;
}

function abandon(
  left: ReadonlyMap<string, LeftSegment>,
  replica: string,
  now: number,
): { readonly rows: readonly Row[]; readonly closed: number } {
  const rows: Row[] = [];
  const records = [...left.values()].flatMap(({ open }) => [...open.values()]);
  const homes = new Map<DecisionId, string>();
  const drafts = createDrafts(() => undefined);
  for (const record of records) drafts.addOutcome(abandoned(record, now));
  for (const draft of drafts.take()) {
    const { key } = draft.segment;
    const value = toStored(draft, replica);
    for (const id of outcomeIdsOf(fromStored(value, key))) homes.set(id, key);
    rows.push({ collection: COLLECTIONS.journal, key, value });
  }
  for (const [key, { ids, at }] of left) {
    const where = ids.map((id, position) => at[position] ?? homes.get(id));
    const keys = [...new Set(where.filter((one) => one !== undefined))];
    const value: StoredLocations = {
      v: 1,
      keys,
      at: where.map((one) => (one === undefined ? -1 : keys.indexOf(one))),
      upTo: newDecisionId(),
    };
    rows.push({ collection: COLLECTIONS.locations, key, value });
  }
  return { rows, closed: records.length };
}

function abandoned(record: DecisionRecord, at: number): Outcome {
  return {
    v: 2,
    decisionId: record.id,
    at,
    finish: 'abandoned',
    status: 0,
    errorCode: 'SLUICE_GATEWAY_STOPPED',
    answeredBy: undefined,
    attempts: [],
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, estimated: true },
    costUsd: 0,
    ttftMs: undefined,
    e2eMs: Math.max(0, at - record.at),
    overheadMs: 0,
  };
}
