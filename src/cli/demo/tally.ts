// Everything that has happened in a demo so far, and what of it the live view shows.
import { sum } from '../../base/index.ts';
import type { Answered } from './types.ts';

export interface Totals {
  readonly n: number;
  readonly meanScore: number | undefined;
  readonly meanCostUsd: number | undefined;
}

export interface TopicRow {
  readonly topic: string;
  readonly n: number;
  /** Share of each pool among these n, in the order of the pools. */
  readonly shares: readonly number[];
}

/** What the live view shows; totals and shares are of the routed requests alone. */
export interface Progress {
  readonly elapsedMs: number;
  readonly windowMs: number;
  readonly answered: number;
  /** Answers in the window by when they came; everything else goes by when its request was sent. */
  readonly perSecond: number;
  readonly failed: number;
  readonly feedbackCounted: number;
  readonly controlAnswered: number;
  readonly soFar: Totals;
  readonly recent: Totals;
  readonly rows: readonly TopicRow[];
  readonly all: TopicRow;
  /** Means of equal slices of the time so far, oldest first. */
  readonly slices: readonly Totals[];
}

export class Tally {
  readonly answered: Answered[] = [];
  /** Failed requests by reason. */
  readonly failures = new Map<string, number>();
  /** Feedback by what the gateway said of it: counted, stored, duplicate. */
  readonly feedback = new Map<string, number>();
  /** Arrivals that the concurrency cap held back. */
  heldBack = 0;

  fail(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  feedbackSaid(status: string): void {
    this.feedback.set(status, (this.feedback.get(status) ?? 0) + 1);
  }

  get failed(): number {
    return sum([...this.failures.values()]);
  }

  progress(
    elapsedMs: number,
    options: { windowMs: number; sliceMs: number; topics: readonly string[]; pools: readonly string[] },
  ): Progress {
    const { windowMs, sliceMs, topics, pools } = options;
    const routed = this.answered.filter(({ group }) => group === 'routed');
    const from = elapsedMs - windowMs;
    const recent = routed.filter(({ sentMs }) => sentMs >= from);
    // A timer that fires a millisecond early does not cost the last slice.
    const slices = Math.floor(elapsedMs / sliceMs + 0.01);
    const bySlice = Array.from({ length: slices }, (): Answered[] => []);
    for (const one of routed) bySlice[Math.floor(one.sentMs / sliceMs)]?.push(one);
    const seconds = Math.min(elapsedMs, windowMs) / 1000;
    const lately = this.answered.filter(({ answeredMs }) => answeredMs >= from).length;
    return {
      elapsedMs,
      windowMs,
      answered: this.answered.length,
      perSecond: seconds > 0 ? lately / seconds : 0,
      failed: this.failed,
      feedbackCounted: this.feedback.get('counted') ?? 0,
      controlAnswered: this.answered.length - routed.length,
      soFar: totalsOf(routed),
      recent: totalsOf(recent),
      rows: topics.map((topic) =>
        sharesOf(
          topic,
          recent.filter((one) => one.topic === topic),
          pools,
        ),
      ),
      all: sharesOf('all topics', recent, pools),
      slices: bySlice.map(totalsOf),
    };
  }
}

export function totalsOf(answered: readonly Answered[]): Totals {
  const n = answered.length;
  if (n === 0) return { n, meanScore: undefined, meanCostUsd: undefined };
  return {
    n,
    meanScore: sum(answered.map(({ score }) => score)) / n,
    meanCostUsd: sum(answered.map(({ costUsd }) => costUsd)) / n,
  };
}

export function sharesOf(topic: string, answered: readonly Answered[], pools: readonly string[]): TopicRow {
  const n = answered.length;
  return {
    topic,
    n,
    shares: pools.map((pool) => (n === 0 ? 0 : answered.filter((one) => one.pool === pool).length / n)),
  };
}
