// The ledger on a store in memory: one outcome a decision, feedback joined once whatever the order, and what a dead process left behind.
import { describe, expect, it } from 'vitest';
import { createMemoryStore, type Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { openOn, outcome, record, say, SPACE } from './fixtures.ts';
import { loggedDecisions } from './journal-reader.ts';
import { readFeedback } from './stored-feedback.ts';
import type { StoredLearner } from './stored-learner.ts';
import type { LoggedDecision } from './types.ts';

/** Rewards that a learner opened on this store would have taken in. */
async function observed(store: Store): Promise<number> {
  let count = 0;
  for await (const [, value] of store.range(COLLECTIONS.rewards)) {
    if ((value as { reward: { previousValue?: number } }).reward.previousValue === undefined) count++;
  }
  return count;
}

async function logged(store: Store): Promise<LoggedDecision[]> {
  const found: LoggedDecision[] = [];
  for await (const one of loggedDecisions(store)) found.push(one);
  return found;
}

async function outcomeOf(store: Store, id: string): Promise<unknown> {
  return (await logged(store)).find((one) => one.record.id === id)?.outcome;
}

async function sumsOf(store: Store, replica: string): Promise<StoredLearner | undefined> {
  return (await store.get(COLLECTIONS.learner, `${SPACE}@${replica}`)) as StoredLearner | undefined;
}

describe('a decision', () => {
  it('has one outcome: a second is refused', async () => {
    const { ledger } = await openOn(createMemoryStore());
    const { id } = record();
    ledger.open(record(id));
    expect(ledger.openCount).toBe(1);
    expect(ledger.close(outcome(id))).toBe(true);
    expect(ledger.close(outcome(id, { finish: 'failed' }))).toBe(false);
    expect(ledger.openCount).toBe(0);
  });

  it('that comes after the end is refused and not open', async () => {
    const { ledger, close } = await openOn(createMemoryStore());
    await close();
    expect(() => ledger.open(record())).toThrow('closed');
    expect(ledger.openCount).toBe(0);
  });

  it('is written in the background, with its outcome as soon as it is there', async () => {
    const store = createMemoryStore();
    const { ledger } = await openOn(store);
    const [first, second] = [record(), record()];
    ledger.open(first);
    ledger.open(second);
    ledger.close(outcome(first.id));
    await expect.poll(() => logged(store)).toHaveLength(2);
    expect(await logged(store)).toMatchObject([
      { record: first, outcome: outcome(first.id) },
      { record: second, outcome: undefined },
    ]);
    ledger.close(outcome(second.id));
    await ledger.flush();
    expect(await outcomeOf(store, second.id)).toEqual(outcome(second.id));
  });

  it('that cannot be written is told once, and the next ones are written again', async () => {
    const store = createMemoryStore();
    let broken = true;
    const commit: Store['commit'] = (rows, unless) =>
      broken ? Promise.reject(new Error('disk full')) : store.commit(rows, unless);
    broken = false;
    const { ledger, events } = await openOn({ ...store, commit });
    broken = true;
    for (let i = 0; i < 3; i++) {
      ledger.open(record());
      await expect(ledger.flush()).rejects.toThrow('disk full');
    }
    expect(events.filter(({ kind }) => kind === 'store-failed')).toHaveLength(1);
    broken = false;
    const { id } = record();
    ledger.open(record(id));
    ledger.close(outcome(id));
    await ledger.flush();
    expect(await outcomeOf(store, id)).toEqual(outcome(id));
  });

  it('that holds what cannot be kept costs the others nothing', async () => {
    const store = createMemoryStore();
    const { ledger, events } = await openOn(store);
    const [bad, good] = [record(undefined, { workload: { at: new Date() } }), record()];
    for (const one of [bad, good]) ledger.open(one);
    await ledger.flush();
    for (const { id } of [good, bad]) ledger.close(outcome(id));
    await ledger.flush();
    expect(await logged(store)).toEqual([{ record: good, outcome: outcome(good.id), replica: expect.any(String) }]);
    expect(events).toContainEqual({ kind: 'store-failed', detail: expect.stringContaining('Date') });
  });
});

describe('recovery', () => {
  it('closes what was left open, and nothing else', async () => {
    const store = createMemoryStore();
    const before = await openOn(store);
    const [done, left] = [record(), record()];
    before.ledger.open(done);
    before.ledger.open(left);
    await before.ledger.flush();
    before.ledger.close(outcome(done.id));
    await before.ledger.flush();
    expect((await openOn(store)).recovered).toBe(1);
    expect(await outcomeOf(store, left.id)).toMatchObject({ finish: 'abandoned', status: 0 });
    expect(await outcomeOf(store, done.id)).toMatchObject({ finish: 'completed' });
    expect((await openOn(store)).recovered).toBe(0);
  });

  it('joins feedback whose outcome was written but which the dead process had not joined', async () => {
    const store = createMemoryStore();
    let dead = false;
    // The outcome reaches the disk and the process dies.
    const commit: Store['commit'] = (rows, unless) =>
      dead && !rows.some(({ collection }) => collection === COLLECTIONS.journal)
        ? new Promise(() => undefined)
        : store.commit(rows, unless);
    const before = await openOn({ ...store, commit });
    const early = record();
    before.ledger.open(early);
    expect(await before.ledger.feedback(say(early.id))).toMatchObject({ status: 'stored' });
    dead = true;
    before.ledger.close(outcome(early.id));
    await before.ledger.flush();
    expect(await observed(store)).toBe(0);
    expect((await openOn(store)).recovered).toBe(0);
    expect(await observed(store)).toBe(1);
    await openOn(store);
    expect(await observed(store)).toBe(1);
    expect((await readFeedback(store, early.id)).learned).toBe(1);
  });

  it('begins at the oldest segment with an open decision, not at the first', async () => {
    const store = createMemoryStore();
    const { ledger, checkpoint, replica } = await openOn(store);
    const [first, second, third] = [record(), record(), record()];
    for (const { id } of [first, second, third]) {
      ledger.open(record(id));
      await ledger.flush();
    }
    ledger.close(outcome(first.id));
    ledger.close(outcome(third.id));
    await checkpoint();
    expect(await store.get(COLLECTIONS.marks, replica.id)).toBe(second.id);
    expect((await openOn(store)).recovered).toBe(1);
    expect((await logged(store)).map((one) => one.outcome?.finish)).toEqual(['completed', 'abandoned', 'completed']);
  });

  it('misses none that came while a checkpoint was under way', async () => {
    const store = createMemoryStore();
    let arrive: (() => void) | undefined;
    const commit: Store['commit'] = async (rows, unless) => {
      arrive?.();
      arrive = undefined;
      return store.commit(rows, unless);
    };
    const { ledger, checkpoint } = await openOn({ ...store, commit });
    const first = record();
    ledger.open(first);
    ledger.close(outcome(first.id));
    // Just before the rows that the checkpoint waits for are there.
    arrive = () => ledger.open(record());
    await checkpoint();
    await ledger.flush();
    expect((await openOn(store)).recovered).toBe(1);
    expect((await logged(store)).map((one) => one.outcome?.finish)).toEqual(['completed', 'abandoned']);
  });

  it('does not stumble over rows of another version, and names them', async () => {
    const store = createMemoryStore();
    await openOn(store);
    await store.commit([{ collection: COLLECTIONS.journal, key: record().id, value: { v: 4 } }]);
    await expect(openOn(store)).rejects.toMatchObject({
      code: 'SLUICE_FEEDBACK_NEWER_RECORDS',
      message: expect.stringMatching(/^The row "dec_\w+" of the decision log has version 4, /u),
    });
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
    const { ledger, checkpoint } = await openOn(counted);
    await checkpoint();
    commits = 0;
    const { id } = record();
    // The record and the mark, each time.
    ledger.open(record(id));
    await checkpoint();
    expect(commits).toBe(2);
    ledger.close(outcome(id));
    await checkpoint();
    expect(commits).toBe(4);
    await checkpoint();
    expect(commits).toBe(4);
    ledger.open(record());
    await checkpoint();
    expect(commits).toBe(6);
  });

  it('takes in at the next start what was applied again at this one', async () => {
    const store = createMemoryStore();
    const before = await openOn(store);
    const { id } = record();
    before.ledger.open(record(id));
    before.ledger.close(outcome(id));
    await before.loop.checkpoint();
    await before.ledger.feedback(say(id));
    // As after a crash: the reward lies in its log alone, until the next process has taken it over.
    const { replica } = await openOn(store);
    expect(await sumsOf(store, replica.id)).toMatchObject({ rewards: 1, arms: { 'm@a': { observations: 1 } } });
    expect((await sumsOf(store, before.replica.id)) ?? { arms: {} }).toMatchObject({ arms: {} });
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
    expect(await readFeedback(store, id)).toMatchObject({ learned: 1 });
    expect(await observed(store)).toBe(1);
  });

  it('is taken in in order: what is stored never names a reward as taken in before an earlier one is', async () => {
    const store = createMemoryStore();
    const { loop, replica } = await openOn(store);
    const reward = { arm: 'm@a', context: { indices: [0], values: [1] }, value: 1, previousValue: undefined };
    const [first, second, third] = [1, 2, 3].map(() => loop.prepare({ ...reward, weight: 4, propensity: 1 }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('nothing prepared');
    const applied = async (): Promise<unknown> => {
      await loop.checkpoint();
      const stored = await sumsOf(store, replica.id);
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
    const { ledger, loop, replica } = await openOn(store);
    const old = { ...record(), contextFingerprint: 'space-0' };
    ledger.open(old);
    ledger.close(outcome(old.id));
    const { version } = loop.current();
    expect(await ledger.feedback(say(old.id))).toMatchObject({ status: 'stored' });
    await loop.checkpoint();
    expect(loop.current().version).toBe(version);
    expect((await sumsOf(store, replica.id))?.arms['m@a']?.observations ?? 0).toBe(0);
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

  it('whose acknowledgement was lost on the way counts all the same, once', async () => {
    const store = createMemoryStore();
    let lose = false;
    const commit: Store['commit'] = async (rows, unless) => {
      const written = await store.commit(rows, unless);
      if (lose) throw new Error('the connection broke before it answered');
      return written;
    };
    const { ledger, loop, replica } = await openOn({ ...store, commit });
    const { id } = record();
    ledger.open(record(id));
    ledger.close(outcome(id));
    await ledger.flush();
    lose = true;
    await expect(ledger.feedback(say(id, { idempotencyKey: 'k' }))).rejects.toThrow('broke');
    lose = false;
    expect(await ledger.feedback(say(id, { idempotencyKey: 'k' }))).toMatchObject({ status: 'duplicate' });
    await loop.checkpoint();
    expect(await sumsOf(store, replica.id)).toMatchObject({ appliedSequence: 1, rewards: 1 });
  });
});
