// What is forgotten, and what never is: open decisions, and rewards that are in no stored sum.
import { describe, expect, it } from 'vitest';
import { newDecisionId, type DecisionId } from '../base/index.ts';
import { createMemoryStore, type Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { firstIdAt } from './decision-time.ts';
import { openOn, outcome, record, say, type Opened } from './fixtures.ts';
import { loggedDecisions } from './journal-reader.ts';

const DAY_MS = 24 * 3_600_000;

let made = 0;
/** As made so long before now. */
function idOf(ageMs: number): DecisionId {
  return `${firstIdAt(Date.now() - ageMs)}${(++made).toString(16).padStart(20, '0')}` as DecisionId;
}

async function opened(store: Store, maxAgeMs: number, maxBytes = Infinity): Promise<Opened> {
  return openOn(store, { retention: { maxAgeMs, maxBytes } });
}

async function decide({ ledger }: Opened, id: DecisionId): Promise<void> {
  ledger.open(record(id));
  ledger.close(outcome(id));
  await ledger.flush();
}

async function idsIn(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for await (const one of loggedDecisions(store)) ids.push(one.record.id);
  return ids;
}

async function count(store: Store, collection: string): Promise<number> {
  let rows = 0;
  for await (const _ of store.range(collection)) rows++;
  return rows;
}

describe('a sweep', () => {
  it('removes what is too old, with everything that was said of it, and nothing else', async () => {
    const store = createMemoryStore();
    const feedback = await opened(store, 2 * DAY_MS);
    const [old, young] = [idOf(3 * DAY_MS), idOf(DAY_MS)];
    for (const id of [old, young]) {
      await decide(feedback, id);
      await feedback.ledger.feedback(say(id, { idempotencyKey: id }));
    }
    expect(await feedback.sweep()).toMatchObject({ segments: 1, feedback: 1 });
    expect(await idsIn(store)).toEqual([young]);
    expect([await count(store, COLLECTIONS.feedback), await count(store, COLLECTIONS.feedbackKeys)]).toEqual([1, 1]);
    await expect(feedback.ledger.feedback(say(old))).rejects.toMatchObject({
      code: 'SLUICE_FEEDBACK_UNKNOWN_DECISION',
    });
    expect(await feedback.sweep()).toEqual({ segments: 0, feedback: 0, rewards: 0 });
    feedback.clock.advance(2 * DAY_MS);
    expect(await feedback.sweep()).toMatchObject({ segments: 1, feedback: 1 });
  });

  it('removes the oldest when there is too much, in many steps', async () => {
    const store = createMemoryStore();
    const feedback = await opened(store, Infinity, 20_000);
    for (let i = 0; i < 300; i++) await decide(feedback, newDecisionId());
    feedback.clock.advance(60_000);
    const all = await idsIn(store);
    const { segments } = await feedback.sweep();
    expect(segments).toBeGreaterThan(128);
    const left = await idsIn(store);
    expect(left).toEqual(all.slice(-left.length));
    expect(left.length).toBe(300 - segments);
    expect(left.length).toBeGreaterThan(10);
    expect((await feedback.sweep()).segments).toBe(0);
    for (let i = 0; i < 10; i++) await decide(feedback, newDecisionId());
    // As many as came.
    expect((await feedback.sweep()).segments).toBe(10);
  });

  it('leaves open decisions and what came after them', async () => {
    const store = createMemoryStore();
    const feedback = await opened(store, DAY_MS);
    const [closed, open, after] = [idOf(5 * DAY_MS), idOf(4 * DAY_MS), idOf(3 * DAY_MS)];
    await decide(feedback, closed);
    feedback.ledger.open(record(open));
    await feedback.ledger.flush();
    await decide(feedback, after);
    expect(await feedback.sweep()).toMatchObject({ segments: 1 });
    expect(await idsIn(store)).toEqual([open, after]);
    feedback.ledger.close(outcome(open));
    await feedback.ledger.flush();
    await feedback.sweep();
    expect(await idsIn(store)).toEqual([]);
  });

  it('leaves rewards that are in no stored sum, and loses none that are', async () => {
    const store = createMemoryStore();
    const feedback = await opened(store, DAY_MS);
    const ids = [newDecisionId(), newDecisionId()];
    for (const id of ids) {
      await decide(feedback, id);
      await feedback.ledger.feedback(say(id));
    }
    feedback.clock.advance(2 * DAY_MS);
    expect(await feedback.sweep()).toMatchObject({ rewards: 0 });
    await feedback.checkpoint();
    expect(await feedback.sweep()).toMatchObject({ rewards: 2 });
    const next = await openOn(store);
    await next.close();
    const sums: unknown[] = [];
    for await (const [, value] of store.range(COLLECTIONS.learner)) sums.push(value);
    expect(sums).toEqual([expect.objectContaining({ arms: { 'm@a': expect.objectContaining({ observations: 2 }) } })]);
  });

  it.each([
    ['at once where there are no other replicas', true, 2],
    ['an hour later where there may be others that have not taken them in', false, 0],
  ])('removes stored rewards of decisions that are gone %s', async (_when, exclusive, rewards) => {
    const store = createMemoryStore();
    const feedback = await openOn(store, { exclusive, retention: { maxAgeMs: 60_000, maxBytes: Infinity } });
    for (const id of [newDecisionId(), newDecisionId()]) {
      await decide(feedback, id);
      await feedback.ledger.feedback(say(id));
    }
    await feedback.checkpoint();
    feedback.clock.advance(120_000);
    expect(await feedback.sweep()).toMatchObject({ feedback: 2, rewards });
  });
});
