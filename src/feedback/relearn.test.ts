// Another feature space over the same store: nothing of the old one is mixed in, it is told of, and the log can be learnt again.
import { describe, expect, it } from 'vitest';
import { newDecisionId } from '../base/index.ts';
import type { SparseContext } from '../learning/index.ts';
import { createMemoryStore, type Store } from '../store/index.ts';
import { ARMS, openOn, outcome, record, say, SPACE } from './fixtures.ts';
import { otherSpaces } from './other-spaces.ts';
import { relearn } from './relearn.ts';
import type { DecisionRecord, Outcome } from './types.ts';

const NEXT = 'space-2';
const attempt = {
  stage: 0,
  pool: 'a',
  endpoint: 'e',
  status: 200,
  errorCode: undefined,
  ttftMs: undefined,
  itlMs: undefined,
  queuedMs: 0,
  sentMs: 0,
  tookMs: 1,
  usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 900, estimated: false },
  costUsd: 0,
  verdict: undefined,
};

/** The old space's features were one number; the new one's are the text's. */
const contextOf = ({ text }: DecisionRecord): SparseContext | undefined =>
  text === undefined ? undefined : { indices: [0, 1], values: [1, text.length / 10] };

interface Said {
  readonly text?: string;
  readonly score?: number;
  readonly outcome?: Partial<Outcome>;
}

async function decide(store: Store, fingerprint: string, said: readonly Said[], asContext = false): Promise<void> {
  const { ledger, close } = await openOn(store, { fingerprint });
  for (const { text, score, outcome: ended } of said) {
    const id = newDecisionId();
    const more = { contextFingerprint: fingerprint, ...(text === undefined ? {} : { text }) };
    const one = record(id, more);
    const context = asContext ? contextOf(one) : undefined;
    ledger.open(context === undefined ? one : { ...one, context });
    ledger.close(outcome(id, { attempts: [attempt], ...ended }));
    if (score !== undefined) await ledger.feedback(say(id, { score }));
  }
  await close();
}

/** What is predicted of both arms, and how long their answers are taken to be. */
async function believes(store: Store, fingerprint: string) {
  const { loop, close } = await openOn(store, { fingerprint });
  const snapshot = loop.current();
  const keys = ARMS.map(({ key }) => key);
  const predicted = snapshot.predict(Float32Array.of(1, 0.4), keys);
  const seen = [predicted, keys.map((key) => snapshot.expectedOutputTokens(key))];
  await close();
  return JSON.stringify(seen);
}

const TOLD: readonly Said[] = [
  { text: 'why', score: 0.1 },
  { text: 'a longer question', score: 0.9 },
  { text: 'without a word of feedback' },
];

describe('another feature space', () => {
  it('begins anew: what was learnt in the old one is not mixed in, stays, and is told of', async () => {
    const store = createMemoryStore();
    await decide(store, SPACE, TOLD);
    const old = await believes(store, SPACE);
    expect(await believes(store, NEXT)).toBe(await believes(createMemoryStore(), NEXT));
    expect(old).not.toBe(await believes(createMemoryStore(), SPACE));
    expect(await otherSpaces(store, NEXT)).toEqual([{ fingerprint: SPACE, rewards: 2 }]);
    // The one before, after something was learnt in the new one.
    await decide(store, NEXT, [{ text: 'more', score: 1 }]);
    expect(await otherSpaces(store, SPACE)).toEqual([{ fingerprint: NEXT, rewards: 1 }]);
    expect(await believes(store, SPACE)).toBe(old);
  });

  it('is not told of where there is none, or nothing was learnt in it', async () => {
    const store = createMemoryStore();
    expect(await otherSpaces(store, SPACE)).toEqual([]);
    await decide(store, SPACE, [{ text: 'no feedback' }]);
    expect(await otherSpaces(store, SPACE)).toEqual([]);
    expect(await otherSpaces(store, NEXT)).toEqual([]);
  });
});

describe('to relearn', () => {
  it('gives what would have been learnt had the decisions been made in the new space', async () => {
    const store = createMemoryStore();
    await decide(store, SPACE, TOLD);
    const counts = await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf });
    expect(counts).toEqual({ learnt: 2, withoutText: 0, withoutAnswer: 0, answers: 3 });

    const fresh = createMemoryStore();
    await decide(fresh, NEXT, TOLD, true);
    expect(await believes(store, NEXT)).toBe(await believes(fresh, NEXT));
    expect(await otherSpaces(store, NEXT)).toEqual([]);
  });

  it('again counts nothing twice, and takes in what was said since', async () => {
    const store = createMemoryStore();
    await decide(store, SPACE, TOLD);
    await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf });
    const once = await believes(store, NEXT);
    await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf });
    expect(await believes(store, NEXT)).toBe(once);
    await decide(store, SPACE, [{ text: 'said since', score: 1 }]);
    expect(await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf })).toMatchObject({ learnt: 3 });
    expect(await believes(store, NEXT)).not.toBe(once);
  });

  it('leaves what is learnt in the new space itself to those who learn it', async () => {
    const store = createMemoryStore();
    await decide(store, NEXT, TOLD, true);
    const before = await believes(store, NEXT);
    const counts = await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf });
    expect(counts).toEqual({ learnt: 0, withoutText: 0, withoutAnswer: 0, answers: 0 });
    expect(await believes(store, NEXT)).toBe(before);
  });

  it('says of every decision with feedback what became of it', async () => {
    const store = createMemoryStore();
    await decide(store, SPACE, [
      { score: 1 },
      { text: 'broken off', score: 0, outcome: { finish: 'interrupted' } },
      { text: 'failed', score: 0, outcome: { finish: 'failed', answeredBy: undefined } },
      { text: 'fine', score: 1 },
      {},
    ]);
    const counts = await relearn({ store, fingerprint: NEXT, dimensions: 2, contextOf });
    expect(counts).toEqual({ learnt: 1, withoutText: 1, withoutAnswer: 2, answers: 3 });
  });
});
