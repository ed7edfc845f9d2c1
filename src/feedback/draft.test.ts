// Drafts: what is put in comes out of the written segments, each by its id; none spans more time than a search looks back.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newDecisionId, type DecisionId } from '../base/index.ts';
import { createMemoryStore } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt, timeOfId } from './decision-time.ts';
import { createDrafts, findIn, toStored, type Draft, type Drafts } from './draft.ts';
import { outcome, record } from './fixtures.ts';
import { findDecision } from './journal-reader.ts';
import { ID, layout, PLAIN } from './layout.ts';
import type { Entry } from './open-segment.ts';
import {
  decisionAt,
  decisionIdsOf,
  outcomeIdsOf,
  fromStored,
  outcomeIn,
  SEGMENT_SPAN_MS,
  type Segment,
} from './segment.ts';
import type { DecisionRecord } from './types.ts';

const idAt = (ms: number, i: number): DecisionId => `${firstIdAt(ms)}${i.toString(16).padStart(20, '0')}` as DecisionId;
const layoutOfRecords = layout<Required<DecisionRecord>>({
  v: PLAIN,
  id: ID,
  at: PLAIN,
  decision: layout<DecisionRecord['decision']>({ candidates: PLAIN }),
  workload: PLAIN,
  chosen: PLAIN,
  context: layout<DecisionRecord['context']>({ indices: PLAIN, values: PLAIN }),
  contextFingerprint: PLAIN,
  text: PLAIN,
});
const read = (draft: Draft): Segment => fromStored(toStored(draft, 'r'), draft.segment.key);
const nothingRefused = (): Drafts => createDrafts((error) => expect.unreachable(String(error)));

describe('drafts', () => {
  it('hold every decision where a search finds it, whatever the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2_000), { minLength: 1, maxLength: 60 }), async (offsets) => {
        const store = createMemoryStore();
        const ids = offsets.map((offset, i) => idAt(1_700_000_000_000 + offset, i));
        const drafts = nothingRefused();
        for (const id of ids) {
          drafts.addOutcome(outcome(id), drafts.addDecision(record(id)));
          expect(findIn(drafts.gathering, id)).toStrictEqual({ record: record(id), outcome: outcome(id) });
        }
        const outcomes: DecisionId[] = [];
        for (const draft of drafts.take()) {
          const value = toStored(draft, 'r');
          const segment = fromStored(value, draft.segment.key);
          const times = decisionIdsOf(segment).map(timeOfId);
          expect(Math.max(0, ...times) - Math.min(Infinity, ...times)).toBeLessThanOrEqual(SEGMENT_SPAN_MS);
          outcomes.push(...outcomeIdsOf(segment));
          await store.commit([{ collection: COLLECTIONS.journal, key: draft.segment.key, value }]);
        }
        for (const id of ids) {
          const found = await findDecision(store, id);
          expect(found && decisionAt(found.segment, found.position)).toStrictEqual(record(id));
        }
        expect(outcomes.toSorted()).toEqual(ids.toSorted());
        expect(await findDecision(store, idAt(1_700_000_001_000, 999))).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('with outcomes are never named after a moment long ago, and none is too large', () => {
    const old = idAt(Date.now() - 60_000, 1);
    const outcomes = Array.from({ length: 1_200 }, () => outcome(newDecisionId()));
    const drafts = nothingRefused();
    drafts.addDecision(record(old));
    for (const one of outcomes) drafts.addOutcome(one);
    const stored = drafts.take().map((draft) => ({ key: draft.segment.key, ...read(draft) }));
    expect(stored.filter(({ key }) => key === old).map((one) => outcomeIdsOf(one))).toEqual([[]]);
    const others = stored.filter(({ key }) => key !== old);
    for (const one of others) {
      expect(Date.now() - timeOfId(one.key)).toBeLessThan(30_000);
      expect(outcomeIdsOf(one).length).toBeLessThanOrEqual(256);
      // Two pages of LMDB, less its header.
      expect(one.bytes.length).toBeLessThanOrEqual(2 * 8_192 - 24);
    }
    for (const one of outcomes) {
      const home = others.filter((other) => outcomeIdsOf(other).includes(one.decisionId));
      expect(home.map((other) => outcomeIn(other, one.decisionId))).toStrictEqual([one]);
    }
  });

  it('forget the outcomes of decisions that were given to the store before, and no others', () => {
    const drafts = nothingRefused();
    const add = (): [DecisionId, Entry] => {
      const id = newDecisionId();
      return [id, drafts.addDecision(record(id))];
    };
    const before = [add(), add()];
    for (const { segment } of drafts.take()) segment.sealed = true;
    const since = [add(), add(), add()];
    const [a, b, c, d, e] = [since[0], before[0], since[1], since[2], before[1]];
    for (const one of [a, b, c, d, e]) if (one !== undefined) drafts.addOutcome(outcome(one[0]), one[1]);
    drafts.keepOwn();
    const left = drafts.take().flatMap((draft) => outcomeIdsOf(read(draft)));
    expect(left).toEqual(since.map(([id]) => id));
  });

  it('keep the place of what cannot be packed, and say so', () => {
    const refused: string[] = [];
    const drafts = createDrafts((error) => void refused.push(String(error)));
    const [first, second] = [newDecisionId(), newDecisionId()];
    const home = drafts.addDecision(record(first, { workload: { odd: () => 1 } }));
    expect(home.position).toBe(0);
    expect(drafts.addDecision(record(second)).position).toBe(1);
    drafts.addOutcome(outcome(first), home);
    const [draft] = drafts.take();
    expect(draft && decisionIdsOf(read(draft))).toEqual(['', second]);
    expect(draft && outcomeIdsOf(read(draft))).toEqual([first]);
    expect(refused).toEqual(['TypeError: it holds a value of type function']);
  });

  it('hold nothing of those in whose memory they are made', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 2_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(texts, { minLength: 2, maxLength: 8 }), (rounds) => {
        const drafts = nothingRefused();
        for (const round of rounds) {
          // As many drafts at a time as there are texts, so that each round takes over other memory.
          const records = round.map((text, i) => ({ ...record(idAt(1_700_000_000_000 + 1_000 * i, i)), text }));
          for (const one of records) drafts.addOutcome(outcome(one.id), drafts.addDecision(one, layoutOfRecords));
          const fresh = nothingRefused();
          for (const one of records) fresh.addOutcome(outcome(one.id), fresh.addDecision(one, layoutOfRecords));
          const [taken, alike] = [drafts.take(), fresh.take()];
          expect(taken.map((draft) => toStored(draft, 'r'))).toEqual(alike.map((draft) => toStored(draft, 'r')));
          for (const one of records) expect(findIn(taken, one.id).record).toStrictEqual(one);
          drafts.release(taken);
        }
      }),
    );
  });

  it('are empty once they are taken', () => {
    const drafts = nothingRefused();
    drafts.addOutcome(outcome(newDecisionId()));
    expect(drafts.take()).toHaveLength(1);
    expect(drafts.take()).toEqual([]);
  });
});
