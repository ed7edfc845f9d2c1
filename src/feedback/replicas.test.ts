// Several ledgers over one store, in memory and in Redis: whoever takes what in and whoever dies, one outcome a decision and every reward once.
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { newDecisionId, seededRandom, type DecisionId } from '../base/index.ts';
import type { Statistics } from '../learning/index.ts';
import { createMemoryStore, storeHomes, type Store } from '../store/index.ts';
import { redisForTests, wipe } from '../store/fixtures/redis-server.ts';
import { COLLECTIONS } from './collections.ts';
import { openOn, outcome, record, say, SPACE, type Opened } from './fixtures.ts';
import { loggedDecisions, segmentsOf } from './journal-reader.ts';
import { LEASE_MS } from './replica.ts';
import { outcomeIdsOf } from './segment.ts';
import { addStatistics, fromStored, type StoredLearner } from './stored-learner.ts';
import { readFeedback } from './stored-feedback.ts';

const redis = await redisForTests();
afterAll(async () => {
  if (redis.kind === 'redis') await redis.dispose();
});

let prefixes = 0;
/** Gives stores that are the same one, each for a process of its own. */
type Home = () => () => Promise<Store>;
const memory: Home = () => {
  const store = createMemoryStore();
  return async () => store;
};
const overRedis: Home = () => {
  const url = redis.kind === 'redis' ? redis.url : '';
  const prefix = `replicas-${process.pid}-${++prefixes}`;
  onTestFinished(() => wipe(url, prefix));
  return async () => {
    const store = await storeHomes.redis.open({ directory: '', url, prefix, onWarning: () => undefined });
    onTestFinished(() => store.close());
    return store;
  };
};

async function replicaOn(store: Store): Promise<Opened> {
  return openOn(store, { exclusive: false });
}

/** The others see that it gives no sign of life. */
async function waitOutLease(survivor: Opened): Promise<number> {
  const first = await survivor.keepUp();
  survivor.clock.advance(LEASE_MS);
  return first + (await survivor.keepUp());
}

async function sumsOf(store: Store): Promise<Statistics> {
  const sums: Statistics = new Map();
  for await (const [, row] of store.range(COLLECTIONS.learner))
    addStatistics(sums, fromStored(row as StoredLearner, 2));
  return sums;
}

function expectSameSums(found: Statistics, expected: Statistics): void {
  expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [key, arm] of expected) {
    const other = found.get(key);
    expect([other?.observations, other?.answers, other?.outputTokens], key).toEqual([
      arm.observations,
      arm.answers,
      arm.outputTokens,
    ]);
    for (const [name, floats] of [
      ['gram', arm.gram],
      ['moment', arm.moment],
    ] as const) {
      floats.forEach((value, i) => expect(other?.[name][i], `${key} ${name} ${i}`).toBeCloseTo(value, 9));
    }
  }
}

/** How many rewards it has counted as taken in. */
function toldOf({ events }: Opened): number {
  return events.reduce((sum, event) => sum + (event.kind === 'learner-updated' ? event.rewards : 0), 0);
}

/** How often each decision was closed. */
async function closings(store: Store): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const [, segment] of segmentsOf(store)) {
    for (const id of outcomeIdsOf(segment)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

async function finishOf(store: Store, id: DecisionId): Promise<string | undefined> {
  for await (const one of loggedDecisions(store)) if (one.record.id === id) return one.outcome?.finish;
  return undefined;
}

const homes: [string, Home][] = [
  ['memory', memory],
  ...(redis.kind === 'redis' ? [['redis', overRedis] as [string, Home]] : []),
];
if (redis.kind === 'none') process.stderr.write(`replicas over redis are SKIPPED: ${redis.why}\n`);

describe.each(homes)('replicas over %s', (_name, home) => {
  it.each([1, 2, 3])('end up with what one process would have, through a crash (seed %i)', async (seed) => {
    const open = home();
    const random = seededRandom(seed);
    const [first, second, third] = [await open(), await open(), await open()];
    const [a, b] = [await replicaOn(first), await replicaOn(second)];
    const aloneStore = createMemoryStore();
    const alone = await openOn(aloneStore);
    const ids = Array.from({ length: 40 }, () => newDecisionId());
    const owners = ids.map(() => (random() < 0.5 ? a : b));
    const records = ids.map((id) =>
      record(id, {
        context: { indices: [0, 1], values: [1, Math.fround(random())] },
        chosen: random() < 0.5 ? 'a' : 'b',
      }),
    );
    for (const [i, one] of records.entries()) {
      owners[i]?.ledger.open(one);
      alone.ledger.open(one);
    }
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    // Some feedback comes before the outcome, some at two replicas in one moment, some is a correction.
    const words: { id: DecisionId; score: number; rater: string }[] = [];
    const rate = async (i: number): Promise<void> => {
      const id = ids[i];
      if (id === undefined) return;
      const both = ['x', 'y'].map((rater) => ({ id, rater, score: Math.round(random() * 4) / 4 }));
      words.push(...both);
      await Promise.all(
        both.map(({ rater, score }, side) => (side === 0 ? a : b).ledger.feedback(say(id, { rater, score }))),
      );
    };
    // The last four stay open.
    for (const [i, one] of records.slice(0, 36).entries()) {
      if (random() < 0.3) await rate(i);
      const end = outcome(one.id, { answeredBy: one.chosen });
      expect(owners[i]?.ledger.close(end)).toBe(true);
      alone.ledger.close(end);
      if (random() < 0.5) await rate(i);
      if (random() < 0.2) await rate(i);
      if (random() < 0.1) await Promise.all([a.checkpoint(), b.checkpoint()]);
      if (random() < 0.1) await Promise.all([a.keepUp(), b.keepUp()]);
    }
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    await Promise.all([a.keepUp(), b.keepUp()]);
    // b dies here, with a checkpoint behind it or not.
    const leftOpen = owners.slice(36).filter((owner) => owner === b).length;
    expect(await waitOutLease(a)).toBe(leftOpen);
    for (const { id, rater, score } of words) await alone.ledger.feedback(say(id, { rater, score }));
    await alone.checkpoint();
    await a.checkpoint();

    // Without the answers' lengths, of which a crash may lose the last.
    const expected = new Map(
      [...(await sumsOf(aloneStore))].map(([key, arm]) => [key, { ...arm, answers: 0, outputTokens: 0 }]),
    );
    const found = new Map(
      [...(await sumsOf(first))].map(([key, arm]) => [key, { ...arm, answers: 0, outputTokens: 0 }]),
    );
    expectSameSums(found, expected);
    const counts = await closings(first);
    expect(Math.max(...counts.values())).toBe(1);
    for (const [i, id] of ids.entries()) expect(counts.has(id), `decision ${i}`).toBe(i < 36 || owners[i] === b);
    // One that starts now knows the same, and what is left is closed with a.
    const c = await replicaOn(third);
    expect(await waitOutLease(c)).toBe(4 - leftOpen);
    await c.checkpoint();
    expectSameSums(
      new Map([...(await sumsOf(third))].map(([key, arm]) => [key, { ...arm, answers: 0, outputTokens: 0 }])),
      expected,
    );
    for (const { id } of words)
      expect((await readFeedback(third, id)).learned).toBe((await readFeedback(aloneStore, id)).learned);
  });

  it('take feedback in for each other: before the outcome, and before the decision is written', async () => {
    const open = home();
    const [first, second] = [await open(), await open()];
    const [a, b] = [await replicaOn(first), await replicaOn(second)];
    const { id } = record();
    a.ledger.open(record(id));
    expect(await b.ledger.feedback(say(id))).toMatchObject({
      status: 'stored',
      reason: 'the answer is still under way',
    });
    expect(await b.ledger.feedback(say(id))).toMatchObject({ status: 'duplicate' });
    await a.keepUp();
    a.ledger.close(outcome(id));
    await expect.poll(async () => (await readFeedback(first, id)).learned).toBe(1);
    // And when the owner had not heard of it yet.
    const late = record();
    a.ledger.open(late);
    await a.ledger.flush();
    await b.ledger.feedback(say(late.id));
    a.ledger.close(outcome(late.id));
    await a.ledger.flush();
    expect((await readFeedback(first, late.id)).learned).toBeUndefined();
    await a.keepUp();
    expect((await readFeedback(first, late.id)).learned).toBe(1);
    await expect(b.ledger.feedback(say(newDecisionId()))).rejects.toMatchObject({
      code: 'SLUICE_FEEDBACK_UNKNOWN_DECISION',
    });
  });

  it('learn from each other while they run', async () => {
    const open = home();
    const [first, second] = [await open(), await open()];
    const [a, b] = [await replicaOn(first), await replicaOn(second)];
    const quality = ({ loop }: Opened): number =>
      loop.current().predict(Float32Array.from([1, 0]), ['m@a']).quality[0] ?? 0;
    const before = quality(b);
    const { id } = record();
    a.ledger.open(record(id));
    a.ledger.close(outcome(id, { attempts: [] }));
    await a.ledger.feedback(say(id, { score: 0 }));
    a.loop.answered('m@a', 1_000);
    await a.checkpoint();
    await b.keepUp();
    await expect.poll(() => quality(b)).toBeLessThan(before);
    await expect.poll(() => quality(a)).toBeCloseTo(quality(b), 9);
    expect(b.loop.current().expectedOutputTokens('m@a')).toBeCloseTo(a.loop.current().expectedOutputTokens('m@a'), 9);
    const lower = quality(b);
    await b.keepUp();
    await b.keepUp();
    expect(quality(b)).toBe(lower);
    // Both know the reward; the one that was told of it counts it.
    expect([toldOf(a), toldOf(b)]).toEqual([1, 0]);
  });

  it('close what one left open once, also when it was not dead but only stood still', async () => {
    const open = home();
    const [first, second] = [await open(), await open()];
    const [a, b] = [await replicaOn(first), await replicaOn(second)];
    const [old, rated, young] = [record(), record(), record()];
    b.ledger.open(old);
    b.ledger.open(rated);
    b.ledger.close(outcome(rated.id));
    await b.ledger.flush();
    const name = b.replica.id;
    expect(await waitOutLease(a)).toBe(1);
    // It goes on as if nothing had been.
    b.ledger.open(young);
    b.ledger.close(outcome(old.id));
    b.ledger.close(outcome(young.id));
    expect(await b.ledger.feedback(say(rated.id))).toMatchObject({ status: 'counted' });
    await b.ledger.flush();
    expect(b.replica.id).not.toBe(name);
    expect(await finishOf(first, old.id)).toBe('abandoned');
    expect(await finishOf(first, young.id)).toBe('completed');
    expect([...(await closings(first)).values()]).toEqual([1, 1, 1]);
    await b.checkpoint();
    await a.checkpoint();
    expect((await sumsOf(first)).get('m@a')?.observations).toBe(1);
  });

  it('need not wait for one that has left in order', async () => {
    const open = home();
    const [first, second] = [await open(), await open()];
    const [a, b] = [await replicaOn(first), await replicaOn(second)];
    const { id } = record();
    b.ledger.open(record(id));
    b.ledger.close(outcome(id));
    await b.ledger.feedback(say(id));
    await b.close();
    await a.keepUp();
    expect(await first.get(COLLECTIONS.takeovers, b.replica.id)).toMatchObject({
      by: a.replica.id,
      appliedSequence: 1,
    });
    expect((await first.get(COLLECTIONS.learner, `${SPACE}@${a.replica.id}`)) as StoredLearner).toMatchObject({
      rewards: 1,
    });
  });

  it('of two, one takes a dead one over', async () => {
    const open = home();
    const [first, second, third] = [await open(), await open(), await open()];
    const [a, b, dead] = [await replicaOn(first), await replicaOn(second), await replicaOn(third)];
    dead.ledger.open(record());
    await dead.ledger.flush();
    await Promise.all([a.keepUp(), b.keepUp()]);
    for (const one of [a, b]) {
      one.clock.advance(LEASE_MS / 2);
      await one.replica.renew();
    }
    await Promise.all([a.keepUp(), b.keepUp()]);
    for (const one of [a, b]) one.clock.advance(LEASE_MS / 2);
    const closed = await Promise.all([a.keepUp(), b.keepUp()]);
    expect(closed.toSorted((one, other) => one - other)).toEqual([0, 1]);
  });
});
