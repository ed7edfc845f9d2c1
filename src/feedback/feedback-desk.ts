// Takes feedback in: durable before it is acknowledged, joined with its decision's outcome once, wherever either of them came from.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDecisionId, type Clock, type DecisionId, type Publish } from '../base/index.ts';
import type { Place, Row, Store } from '../store/index.ts';
import { COLLECTIONS } from './collections.ts';
import { timeOfId } from './decision-time.ts';
import { feedbackErrors } from './errors.ts';
import { combinedScore, toReward } from './join.ts';
import type { Found, Journal } from './journal.ts';
import type { LearningLoop, PreparedReward } from './learning-loop.ts';
import type { Replica } from './replica.ts';
import { nextFeedback, readFeedback } from './stored-feedback.ts';
import type { Feedback, FeedbackEntry, FeedbackResult, Outcome } from './types.ts';

/** How often a decision that is as new as this, of another replica, is looked for again: it may not be in the store yet. */
const NEW_MS = 2_000;
const LOOKS = 8;
const LOOK_AGAIN_MS = 25;
const ASK_AGAIN_MS = 1_000;

export interface FeedbackDesk {
  /** Throws feedbackErrors. */
  accept(feedback: Feedback): Promise<FeedbackResult>;
  /** Of a decision that was just closed here: joins feedback that came before, in the background. */
  closed(id: DecisionId): void;
  /** Joins early feedback that another replica took in for decisions of this one, and what dead replicas had not joined yet. */
  collectEarly(): Promise<void>;
  readonly earlyCount: number;
}

export interface FeedbackDeskOptions {
  readonly store: Store;
  readonly journal: Journal;
  readonly loop: LearningLoop;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly publish: Publish;
}

export function createFeedbackDesk(options: FeedbackDeskOptions): FeedbackDesk {
  const { store, journal, loop, replica, clock, publish } = options;
  /** Open decisions of this replica whose feedback came before their outcome. */
  const early = new Set<DecisionId>();
  /** One at a time for each decision and each key: taking in reads and writes. */
  const turns = new Map<string, Promise<unknown>>();

  function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(name, mine);
    const forget = (): void => {
      if (turns.get(name) === mine) turns.delete(name);
    };
    mine.then(forget, forget);
    return mine;
  }

  /** Decision and outcome are in the store when it resolves. */
  async function find(id: DecisionId): Promise<Found | undefined> {
    for (let look = 1; ; look++) {
      const found = await journal.find(id);
      if (found?.unwritten === true) await journal.flush();
      const elsewhere = found === undefined && !replica.exclusive && Math.abs(clock.now() - timeOfId(id)) < NEW_MS;
      if (!elsewhere || look === LOOKS) return found;
      await pause(LOOK_AGAIN_MS);
    }
  }

  async function acceptInTurn(feedback: Feedback): Promise<FeedbackResult> {
    const id = feedback.decisionId;
    for (;;) {
      const found = isDecisionId(id) ? await find(id) : undefined;
      if (found === undefined) throw feedbackErrors.unknownDecision.with({ param: 'decision_id' }, id.slice(0, 80));
      const result = await tryToAccept(feedback, found);
      if (result !== undefined) return result;
      // Another replica was faster, or has taken this one for dead: look again.
      await journal.confirm();
    }
  }

  async function tryToAccept(feedback: Feedback, found: Found): Promise<FeedbackResult | undefined> {
    const { record, outcome } = found;
    const { id } = record;
    const digest = digestOf(feedback);
    const known = await readFeedback(store, id);
    // Without a key a word said again is the same word; after another word of the same rater it is a new one.
    if (feedback.idempotencyKey === undefined && repeatsLatest(known.entries, feedback)) return DUPLICATE;
    const key =
      feedback.idempotencyKey === undefined
        ? `auto:${digest}:${known.entries.length}`
        : `key:${sha256(feedback.idempotencyKey)}`;
    const used = (await store.get(COLLECTIONS.feedbackKeys, key)) as { digest: string } | undefined;
    if (used?.digest === digest) return DUPLICATE;
    if (used !== undefined) {
      throw feedbackErrors.keyReused.with({ param: 'Idempotency-Key' }, (feedback.idempotencyKey ?? '').slice(0, 80));
    }
    const entry = toEntry(feedback, clock.now());
    const value = combinedScore([...known.entries, entry]);
    const learnable = outcome !== undefined && record.contextFingerprint === loop.fingerprint;
    const reward = learnable ? toReward(record, outcome, value, known.learned) : undefined;
    const changes = reward !== undefined && reward.value !== reward.previousValue;
    const rows = [
      { collection: COLLECTIONS.feedbackKeys, key, value: { v: 1, decisionId: id, digest } },
      nextFeedback(id, known, { entry, key, learned: changes ? value : known.learned }),
      ...(outcome === undefined ? [earlyRow(found.replica, id)] : []),
    ];
    if (!(await commit(rows, changes ? loop.prepare(reward) : undefined, rows.slice(0, 2)))) return undefined;
    if (outcome === undefined) await noteEarly(found);
    if (reward !== undefined) return { status: 'counted', reason: undefined };
    return { status: 'stored', reason: whyStored(outcome, learnable) };
  }

  async function noteEarly({ record: { id }, replica: owner }: Found): Promise<void> {
    if (journal.isOpen(id)) early.add(id);
    // The outcome may have come while this was being written.
    else if (await join(id)) await forget(owner, id);
  }

  /** The rows and the reward that follows from them, all or none; the learner hears how it ended. */
  async function commit(
    rows: readonly Row[],
    prepared: PreparedReward | undefined,
    free: readonly Place[],
  ): Promise<boolean> {
    const all = prepared === undefined ? rows : [...rows, prepared.row];
    try {
      const written = await store.commit(all, [...free, ...replica.guards()]);
      if (prepared !== undefined) loop.settle(prepared, written);
      return written;
    } catch (error) {
      if (prepared !== undefined) void settleWhenKnown(prepared);
      throw error;
    }
  }

  /**
   * A commit that failed over a network may have been made. Until that is known the reward stays unsettled, so that no stored sums claim it;
   * if the process dies first, whoever reads the log of rewards next knows.
   */
  async function settleWhenKnown(prepared: PreparedReward): Promise<void> {
    for (;;) {
      try {
        const row = await store.get(prepared.row.collection, prepared.row.key);
        loop.settle(prepared, row !== undefined);
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code === 'SLUICE_STORE_CLOSED') return;
        await pause(ASK_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  /** Joins feedback that came before the outcome; false when the outcome has not come. In the decision's turn. */
  async function join(id: DecisionId): Promise<boolean> {
    for (;;) {
      const found = await find(id);
      if (found?.outcome === undefined) return false;
      const { record, outcome } = found;
      const known = await readFeedback(store, id);
      const learnable = known.entries.length > 0 && record.contextFingerprint === loop.fingerprint;
      const value = learnable ? combinedScore(known.entries) : 0;
      const reward = learnable ? toReward(record, outcome, value, known.learned) : undefined;
      if (reward === undefined || reward.value === reward.previousValue) return true;
      const row = nextFeedback(id, known, { entry: undefined, key: undefined, learned: value });
      if (await commit([row], loop.prepare(reward), [row])) return true;
      await journal.confirm();
    }
  }

  async function forget(owner: string, id: DecisionId): Promise<void> {
    early.delete(id);
    await store.remove(COLLECTIONS.early, [`${owner}.${id}`]);
  }

  async function joinAndForget(owner: string, id: DecisionId): Promise<void> {
    await inTurn(id, () => join(id));
    await forget(owner, id);
  }

  async function isGone(owner: string): Promise<boolean> {
    return replica.exclusive || (await store.get(COLLECTIONS.takeovers, owner)) !== undefined;
  }

  return {
    accept: (feedback) => {
      const { decisionId, idempotencyKey } = feedback;
      const work = (): Promise<FeedbackResult> => inTurn(decisionId, () => acceptInTurn(feedback));
      return idempotencyKey === undefined ? work() : inTurn(`key ${idempotencyKey}`, work);
    },
    closed: (id) => {
      if (early.size === 0 || !early.has(id)) return;
      joinAndForget(replica.id, id).catch((error: unknown) => {
        publish({ kind: 'store-failed', detail: String(error) });
      });
    },
    collectEarly: async () => {
      for await (const [key] of store.range(COLLECTIONS.early)) {
        const owner = key.slice(0, key.indexOf('.'));
        const id = key.slice(owner.length + 1) as DecisionId;
        if (owner === replica.id && journal.isOpen(id)) early.add(id);
        else if (owner === replica.id || (await isGone(owner))) await joinAndForget(owner, id);
      }
    },
    get earlyCount() {
      return early.size;
    },
  };
}

function earlyRow(owner: string, id: DecisionId): Row {
  return { collection: COLLECTIONS.early, key: `${owner}.${id}`, value: 1 };
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
