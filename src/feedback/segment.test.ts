// Segments: what is put in comes out, each by its id; none spans more time than a search looks back.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newDecisionId, type DecisionId } from '../base/index.ts';
import { createMemoryStore } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt, timeOfId } from './decision-time.ts';
import { outcome, record } from './fixtures.ts';
import { findDecision } from './journal-reader.ts';
import { cut, decisionAt, outcomeIn, SEGMENT_SPAN_MS, toStored } from './segment.ts';

const idAt = (ms: number, i: number): DecisionId => `${firstIdAt(ms)}${i.toString(16).padStart(20, '0')}` as DecisionId;

describe('segments', () => {
  it('hold every decision where a search finds it, whatever the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2_000), { minLength: 1, maxLength: 60 }), async (offsets) => {
        const store = createMemoryStore();
        const ids = offsets.map((offset, i) => idAt(1_700_000_000_000 + offset, i));
        const segments = cut(
          ids.map((id) => ({ record: record(id) })),
          ids.map((id) => outcome(id)),
        );
        for (const segment of segments) {
          const times = segment.decisions.map((one) => timeOfId(one.record.id));
          expect(Math.max(0, ...times) - Math.min(Infinity, ...times)).toBeLessThanOrEqual(SEGMENT_SPAN_MS);
          const value = toStored(segment, 'r', () => expect.unreachable());
          await store.commit([{ collection: COLLECTIONS.journal, key: segment.key, value }]);
        }
        for (const id of ids) {
          const found = await findDecision(store, id);
          expect(found && decisionAt(found.segment, found.position)).toStrictEqual(record(id));
        }
        expect(await findDecision(store, idAt(1_700_000_001_000, 999))).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('with outcomes are never named after a moment long ago, and none is too large', () => {
    const old = idAt(Date.now() - 60_000, 1);
    const outcomes = Array.from({ length: 1_200 }, () => outcome(newDecisionId()));
    const segments = cut([{ record: record(old) }], outcomes);
    expect(segments.map(({ decisions, outcomes: ends }) => [decisions.length, ends.length])).toEqual([
      [1, 0],
      [0, 512],
      [0, 512],
      [0, 176],
    ]);
    for (const { key } of segments.slice(1)) expect(Date.now() - timeOfId(key)).toBeLessThan(1_000);
    const [, some] = segments;
    if (some === undefined) throw new Error('nothing was cut');
    const stored = toStored(some, 'r', () => expect.unreachable());
    expect(outcomeIn(stored, outcomes[7]?.decisionId ?? '')).toStrictEqual(outcomes[7]);
    expect(outcomeIn(stored, old)).toBeUndefined();
  });
});
