// The ledger on a store in memory: one outcome a decision, feedback joined once whatever the order, and what a dead process left behind.
import { describe, expect, it } from 'vitest';
import { manualClock, newDecisionId, type DecisionId, type GatewayEvent } from '../base/index.ts';
import { createMemoryStore, type Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { openLearningLoop, type LearningLoop } from './learning-loop.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { DecisionRecord, Feedback, FeedbackRecord, Outcome } from './types.ts';

const SPACE = 'space-1';

interface Opened {
  readonly ledger: Ledger;
  readonly loop: LearningLoop;
  readonly events: GatewayEvent[];
}

async function openOn(store: Store): Promise<Opened> {
  const events: GatewayEvent[] = [];
  const publish = (event: GatewayEvent): void => void events.push(event);
  const clock = manualClock(1_000);
  const arms = [{ key: 'm@a', priceRank: 0 }];
  const loop = await openLearningLoop({ store, arms, dimensions: 2, fingerprint: SPACE, clock, publish });
  return { loop, events, ledger: createLedger(store, loop, clock, publish) };
}

function record(id: DecisionId = newDecisionId()): DecisionRecord {
  return {
    v: 1,
    id,
    at: 1_000,
    decision: {},
    workload: {},
    arms: { a: { key: 'm@a', propensity: 1, expectedQuality: undefined } },
    chosen: 'a',
    context: { indices: [0], values: [1] },
    contextFingerprint: SPACE,
  };
}

function outcome(decisionId: DecisionId, finish: Outcome['finish'] = 'completed'): Outcome {
  return {
    v: 1,
    decisionId,
    at: 2_000,
    finish,
    status: 200,
    errorCode: undefined,
    answeredBy: 'a',
    attempts: [],
    usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, estimated: false },
    costUsd: 0,
    ttftMs: undefined,
    e2eMs: 1,
    overheadMs: 1,
  };
}

const say = (decisionId: DecisionId, more: Partial<Feedback> = {}): Feedback => ({
  decisionId,
  score: 1,
  label: undefined,
  rater: undefined,
  source: 'user',
  idempotencyKey: undefined,
  ...more,
});

/** Rewards that a learner opened on this store would have taken in. */
async function observed(store: Store): Promise<number> {
  let count = 0;
  for await (const [, value] of store.range(COLLECTIONS.rewards)) {
    if ((value as { reward: { previousValue?: number } }).reward.previousValue === undefined) count++;
  }
  return count;
}

describe('a decision', () => {
  it('has one outcome: a second is refused', async () => {
    const { ledger } = await openOn(createMemoryStore());
    const { id } = record();
    ledger.open(record(id));
    expect(ledger.openCount).toBe(1);
    expect(ledger.close(outcome(id))).toBe(true);
    expect(ledger.close(outcome(id, 'failed'))).toBe(false);
    expect(ledger.openCount).toBe(0);
  });

  it('that the store refused to record is not open', async () => {
    const store = createMemoryStore();
    const { ledger } = await openOn(store);
    await store.close();
    expect(() => ledger.open(record())).toThrow('closed');
    expect(ledger.openCount).toBe(0);
  });
});

describe('recovery', () => {
  it('closes what was left open, and nothing else', async () => {
    const store = createMemoryStore();
    const before = await openOn(store);
    const [done, left] = [record(), record()];
    before.ledger.open(done);
    before.ledger.open(left);
    before.ledger.close(outcome(done.id));
    const after = await openOn(store);
    expect(await after.ledger.recover()).toBe(1);
    expect(await store.get(COLLECTIONS.outcomes, left.id)).toMatchObject({ finish: 'abandoned', status: 0 });
    expect(await store.get(COLLECTIONS.outcomes, done.id)).toMatchObject({ finish: 'completed' });
    expect(await after.ledger.recover()).toBe(0);
  });

  it('joins feedback whose outcome was written but which the dead process had not joined', async () => {
    const store = createMemoryStore();
    const before = await openOn(store);
    const early = record();
    before.ledger.open(early);
    expect(await before.ledger.feedback(say(early.id))).toMatchObject({ status: 'stored' });
    await before.ledger.checkpoint();
    // The outcome reaches the disk and the process dies.
    store.append({ collection: COLLECTIONS.outcomes, key: early.id, value: outcome(early.id) });
    const after = await openOn(store);
    expect(await after.ledger.recover()).toBe(0);
    expect(await observed(store)).toBe(1);
    await after.ledger.recover();
    expect(await observed(store)).toBe(1);
    expect(((await store.get(COLLECTIONS.feedback, early.id)) as FeedbackRecord).learned).toBe(1);
  });

  it('begins at the oldest decision that is open, not at the first', async () => {
    const store = createMemoryStore();
    const { ledger } = await openOn(store);
    const [first, second] = [record(), record()];
    ledger.open(first);
    ledger.close(outcome(first.id));
    ledger.open(second);
    await ledger.checkpoint();
    expect(await store.get(COLLECTIONS.marks, 'oldest-open')).toBe(second.id);
  });
});

describe('a checkpoint', () => {
  it('writes nothing when nothing has happened since the last', async () => {
    const store = createMemoryStore();
    let commits = 0;
    const counted: Store = {
      ...store,
      commit: (rows, unless) => {
        commits++;
        return store.commit(rows, unless);
      },
    };
    const { ledger } = await openOn(counted);
    const { id } = record();
    ledger.open(record(id));
    await ledger.checkpoint();
    ledger.close(outcome(id));
    await ledger.checkpoint();
    expect(commits).toBe(2);
    await ledger.checkpoint();
    expect(commits).toBe(2);
    ledger.open(record());
    await ledger.checkpoint();
    expect(commits).toBe(3);
  });

  it('takes in at the next start what was applied again at this one', async () => {
    const store = createMemoryStore();
    const before = await openOn(store);
    const { id } = record();
    before.ledger.open(record(id));
    before.ledger.close(outcome(id));
    await before.loop.checkpoint();
    await before.ledger.feedback(say(id));
    // As after a crash: the reward lies in its log alone, until the next process has made its first checkpoint.
    await (await openOn(store)).loop.checkpoint();
    expect(await store.get(COLLECTIONS.learner, SPACE)).toMatchObject({ appliedSequence: 1 });
  });
});

describe('feedback', () => {
  it('of concurrent equal ones one counts, whether they have a key or not', async () => {
    for (const idempotencyKey of [undefined, 'k']) {
      const store = createMemoryStore();
      const { ledger } = await openOn(store);
      const { id } = record();
      ledger.open(record(id));
      ledger.close(outcome(id));
      const results = await Promise.all(Array.from({ length: 20 }, () => ledger.feedback(say(id, { idempotencyKey }))));
      expect(results.filter(({ status }) => status === 'counted')).toHaveLength(1);
      expect(results.filter(({ status }) => status === 'duplicate')).toHaveLength(19);
      expect(await observed(store)).toBe(1);
    }
  });

  it('without a key counts again after another word of the same rater: up, down, up ends up', async () => {
    const store = createMemoryStore();
    const { ledger } = await openOn(store);
    const { id } = record();
    ledger.open(record(id));
    ledger.close(outcome(id));
    const statuses = [];
    for (const score of [1, 0, 0, 1]) statuses.push((await ledger.feedback(say(id, { score }))).status);
    expect(statuses).toEqual(['counted', 'counted', 'duplicate', 'counted']);
    expect(await store.get(COLLECTIONS.feedback, id)).toMatchObject({ learned: 1 });
    expect(await observed(store)).toBe(1);
  });

  it('is taken in in order: what is stored never names a reward as taken in before an earlier one is', async () => {
    const store = createMemoryStore();
    const { loop } = await openOn(store);
    const reward = { arm: 'm@a', context: { indices: [0], values: [1] }, value: 1, previousValue: undefined };
    const [first, second, third] = [1, 2, 3].map(() => loop.prepare({ ...reward, weight: 4, propensity: 1 }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('nothing prepared');
    const applied = async (): Promise<unknown> => {
      await loop.checkpoint();
      const stored = (await store.get(COLLECTIONS.learner, SPACE)) as
        | { appliedSequence: number; arms: Record<string, { observations: number }> }
        | undefined;
      return [stored?.appliedSequence ?? 0, stored?.arms['m@a']?.observations ?? 0];
    };
    loop.settle(third, true);
    expect(await applied()).toEqual([0, 0]);
    loop.settle(first, true);
    expect(await applied()).toEqual([1, 1]);
    loop.settle(second, false);
    expect(await applied()).toEqual([3, 2]);
  });

  it('of another feature space is kept and not learnt', async () => {
    const store = createMemoryStore();
    const { ledger, loop } = await openOn(store);
    const old = { ...record(), contextFingerprint: 'space-0' };
    ledger.open(old);
    ledger.close(outcome(old.id));
    const { version } = loop.current();
    expect(await ledger.feedback(say(old.id))).toMatchObject({ status: 'stored' });
    await loop.checkpoint();
    expect(loop.current().version).toBe(version);
    const stored = (await store.get(COLLECTIONS.learner, SPACE)) as { arms: Record<string, { observations: number }> };
    expect(stored.arms['m@a']?.observations ?? 0).toBe(0);
  });

  it('that came early is joined when the outcome comes, once', async () => {
    const store = createMemoryStore();
    const { ledger } = await openOn(store);
    const { id } = record();
    ledger.open(record(id));
    await ledger.feedback(say(id, { score: 0.25 }));
    expect(await observed(store)).toBe(0);
    ledger.close(outcome(id));
    // In the same turn order as the join: it has happened when this resolves.
    expect(await ledger.feedback(say(id, { score: 0.25 }))).toMatchObject({ status: 'duplicate' });
    expect(await observed(store)).toBe(1);
  });
});
