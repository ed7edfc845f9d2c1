// Where a decision lies, among the segments of several replicas.
import { expect, it } from 'vitest';
import { newDecisionId } from '../base/index.ts';
import { createMemoryStore } from '../store/index.ts';
import { openOn, outcome, record } from './fixtures.ts';
import { findDecision } from './journal-reader.ts';

it('finds a decision behind segments of others that begin between its own and it', async () => {
  const store = createMemoryStore();
  const [one, other] = [await openOn(store, { exclusive: false }), await openOn(store, { exclusive: false })];
  const [first, between, last, unknown] = [newDecisionId(), newDecisionId(), newDecisionId(), newDecisionId()];
  one.ledger.open(record(first));
  other.ledger.open(record(between));
  one.ledger.open(record(last));
  for (const id of [first, last]) one.ledger.close(outcome(id));
  await Promise.all([one.ledger.flush(), other.ledger.flush()]);
  const found = await Promise.all([first, between, last, unknown].map((id) => findDecision(store, id)));
  expect(found.map((where) => where && [where.key, where.position])).toEqual([
    [first, 0],
    [between, 0],
    [first, 1],
    undefined,
  ]);
});
