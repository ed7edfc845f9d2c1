// The book of decisions: each is opened once, closed by exactly one Outcome, and joined with its feedback however late it comes.
import { createHash } from 'node:crypto';
import { isDecisionId, newDecisionId, type Clock, type DecisionId, type Publish } from '../base/index.ts';
import type { Place, Row, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { feedbackErrors } from './errors.ts';
import { combinedScore, toReward } from './join.ts';
import type { LearningLoop, PreparedReward } from './learning-loop.ts';
import type { DecisionRecord, Feedback, FeedbackEntry, FeedbackRecord, FeedbackResult, Outcome } from './types.ts';

export interface Ledger {
  open(record: DecisionRecord): void;
  /** False, and nothing happens, if the decision is not open: a second outcome is never recorded. */
  close(outcome: Outcome): boolean;
  readonly openCount: number;
  /** Durable when it resolves. Throws feedbackErrors. */
  feedback(feedback: Feedback): Promise<FeedbackResult>;
  /** Gives every decision that a dead process left open its outcome. Call once, before serving. */
  recover(): Promise<number>;
  /** Everything so far on disk, and the mark for the next recovery moved on. */
  checkpoint(): Promise<void>;
}

export function createLedger(store: Store, loop: LearningLoop, clock: Clock, publish: Publish): Ledger {
  const open = new Map<DecisionId, DecisionRecord>();
  /** Decisions whose feedback came before their outcome. */
  const early = new Set<DecisionId>();
  /** A decision was opened or joined since the last mark: an idle gateway writes nothing. */
  let moved = true;
  /** One feedback at a time for each decision: joining reads and writes its record. */
  const turns = new Map<DecisionId, Promise<unknown>>();

  function inTurn<T>(id: DecisionId, work: () => Promise<T>): Promise<T> {
    const before = turns.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(id, mine);
    const forget = (): void => {
      if (turns.get(id) === mine) turns.delete(id);
    };
    mine.then(forget, forget);
    return mine;
  }

  async function accept(feedback: Feedback): Promise<FeedbackResult> {
    const id = feedback.decisionId;
    const record =
      open.get(id) ?? (isDecisionId(id) ? await read<DecisionRecord>(COLLECTIONS.decisions, id) : undefined);
    if (record === undefined) throw feedbackErrors.unknownDecision.with({ param: 'decision_id' }, id.slice(0, 80));

    const digest = digestOf(feedback);
    const known = await read<FeedbackRecord>(COLLECTIONS.feedback, id);
    const before = known?.entries ?? [];
    // Without a key a word said again is the same word; after another word of the same rater it is a new one.
    if (feedback.idempotencyKey === undefined && repeatsLatest(before, feedback)) return DUPLICATE;
    const key =
      feedback.idempotencyKey === undefined
        ? `auto:${digest}:${before.length}`
        : `key:${sha256(feedback.idempotencyKey)}`;
    const place = { collection: COLLECTIONS.feedbackKeys, key };
    const entries: FeedbackEntry[] = [...before, toEntry(feedback, clock.now())];
    const value = combinedScore(entries);
    const outcome = await read<Outcome>(COLLECTIONS.outcomes, id);
    const learnable = outcome !== undefined && record.contextFingerprint === loop.fingerprint;
    const reward = learnable ? toReward(record, outcome, value, known?.learned) : undefined;
    const changes = reward !== undefined && reward.value !== reward.previousValue;
    const prepared = changes ? loop.prepare(reward) : undefined;
    const next: FeedbackRecord = { v: 1, entries, learned: changes ? value : known?.learned };
    const rows = [
      { ...place, value: { v: 1, decisionId: id, digest } },
      { collection: COLLECTIONS.feedback, key: id, value: next },
    ];
    const written = await commit(rows, prepared, place);
    if (!written) {
      const used = await read<{ digest: string }>(place.collection, place.key);
      if (used?.digest !== digest) {
        throw feedbackErrors.keyReused.with({ param: 'Idempotency-Key' }, (feedback.idempotencyKey ?? '').slice(0, 80));
      }
      return DUPLICATE;
    }
    if (outcome === undefined) early.add(id);
    // The outcome may have come while this was being written.
    if (outcome === undefined && !open.has(id)) await joinEarly(record);
    if (reward !== undefined) return { status: 'counted', reason: undefined };
    return { status: 'stored', reason: whyStored(outcome, learnable) };
  }

  /** The rows and the reward that follows from them, all or none; the learner hears how it ended. */
  async function commit(rows: readonly Row[], prepared: PreparedReward | undefined, unless?: Place): Promise<boolean> {
    let written = false;
    try {
      written = await store.commit(prepared === undefined ? rows : [...rows, prepared.row], unless);
      return written;
    } finally {
      if (prepared !== undefined) loop.settle(prepared, written);
    }
  }

  /** Joins feedback that came before the outcome. */
  async function joinEarly(record: DecisionRecord): Promise<void> {
    if (!early.has(record.id)) return;
    await join(record);
    early.delete(record.id);
  }

  async function join(record: DecisionRecord): Promise<void> {
    const [known, outcome] = await Promise.all([
      read<FeedbackRecord>(COLLECTIONS.feedback, record.id),
      read<Outcome>(COLLECTIONS.outcomes, record.id),
    ]);
    if (known === undefined || outcome === undefined || record.contextFingerprint !== loop.fingerprint) return;
    const value = combinedScore(known.entries);
    const reward = toReward(record, outcome, value, known.learned);
    if (reward === undefined || reward.value === reward.previousValue) return;
    const next: FeedbackRecord = { ...known, learned: value };
    await commit([{ collection: COLLECTIONS.feedback, key: record.id, value: next }], loop.prepare(reward));
  }

  /** Rows were written by this very code: their version says so. */
  async function read<T>(collection: string, key: string): Promise<T | undefined> {
    return (await store.get(collection, key)) as T | undefined;
  }

  return {
    get openCount() {
      return open.size;
    },
    open: (record) => {
      // First, because it may throw: nobody would close a decision that was never recorded.
      store.append({ collection: COLLECTIONS.decisions, key: record.id, value: record });
      open.set(record.id, record);
      moved = true;
    },
    close: (outcome) => {
      const record = open.get(outcome.decisionId);
      if (record === undefined) return false;
      open.delete(outcome.decisionId);
      store.append({ collection: COLLECTIONS.outcomes, key: outcome.decisionId, value: outcome });
      const answered = outcome.answeredBy === undefined ? undefined : record.arms[outcome.answeredBy];
      if (answered !== undefined && outcome.finish === 'completed') {
        // Of a cascade, only the answering stage's own tokens say how long that model's answers are.
        const own = outcome.attempts.findLast((attempt) => attempt.pool === outcome.answeredBy)?.usage;
        if (own !== undefined) loop.answered(answered.key, own.outputTokens);
      }
      if (early.has(record.id)) {
        inTurn(record.id, () => joinEarly(record)).catch((error: unknown) => {
          publish({ kind: 'store-failed', detail: String(error) });
        });
      }
      return true;
    },
    feedback: async (feedback) => {
      const result = await inTurn(feedback.decisionId, () => accept(feedback));
      publish({ kind: 'feedback-received', result: result.status });
      return result;
    },
    recover: async () => {
      const mark = (await read<string>(COLLECTIONS.marks, 'oldest-open')) ?? '';
      let recovered = 0;
      for await (const [id, value] of store.range(COLLECTIONS.decisions, { from: mark })) {
        const record = value as DecisionRecord;
        if ((await store.get(COLLECTIONS.outcomes, id)) === undefined) {
          const outcome = abandonedByGateway(record, clock.now());
          store.append({ collection: COLLECTIONS.outcomes, key: id, value: outcome });
          recovered++;
        } else {
          // Early feedback that the dead process had not yet joined.
          await join(record);
        }
      }
      await store.flush();
      return recovered;
    },
    checkpoint: async () => {
      if (!moved) return;
      moved = open.size > 0 || early.size > 0;
      // Ids sort by time: everything before the oldest open decision is closed and joined. With none open, everything before now.
      const first = open.keys().next().value;
      const [oldest = newDecisionId()] = [...(first === undefined ? [] : [first]), ...early].toSorted();
      await store.flush();
      await store.commit([{ collection: COLLECTIONS.marks, key: 'oldest-open', value: oldest }]);
    },
  };
}

const DUPLICATE: FeedbackResult = { status: 'duplicate', reason: 'this feedback had been received before' };

function whyStored(outcome: Outcome | undefined, learnable: boolean): string {
  if (outcome === undefined) return 'the answer is still under way';
  return learnable
    ? 'no answer was delivered that could be learnt from'
    : 'the request was seen by another version of the classifier than the one that learns now';
}

function repeatsLatest(entries: readonly FeedbackEntry[], { source, rater, score, label }: Feedback): boolean {
  const latest = entries.findLast((entry) => entry.source === source && entry.rater === rater);
  return latest !== undefined && latest.score === score && latest.label === label;
}

function toEntry(feedback: Feedback, at: number): FeedbackEntry {
  return { at, score: feedback.score, label: feedback.label, rater: feedback.rater, source: feedback.source };
}

function digestOf({ decisionId, score, label, rater, source }: Feedback): string {
  return sha256(JSON.stringify([decisionId, score, label ?? null, rater ?? null, source]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function abandonedByGateway(record: DecisionRecord, at: number): Outcome {
  return {
    v: 1,
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
