// The run second by second: from results and from what the gateway's metrics said at each second. Pure.
import { quantile } from '../overhead/statistics.ts';
import type { Exchanged } from './exchange.ts';

/** TTFTs of so many seconds make one point: in a single second there are too few for a p99. */
const TTFT_WINDOW_S = 10;

/** What was seen once a second. */
export interface Observed {
  readonly atSeconds: number;
  readonly rssMiB: number;
  /** Processor time of the gateway over wall time since the last look. */
  readonly busy: number;
  readonly loopP99Ms: number;
  readonly loopMostMs: number;
  readonly heapMiB: number;
  readonly underWay: number;
  /** 1: requests are sent to it. By endpoint, in the order of the servers. */
  readonly healthy: readonly number[];
}

export interface Second {
  readonly atSeconds: number;
  readonly arrived: number;
  readonly completed: number;
  readonly notCompleted: number;
  readonly ttftP50Ms: number;
  readonly ttftP99Ms: number;
}

export function secondsOf(results: readonly Exchanged[], seconds: number): readonly Second[] {
  const firstAt = results.flatMap(({ atMs, ttftMs }) => (ttftMs === undefined ? [] : [{ at: atMs + ttftMs, ttftMs }]));
  const within = (ms: number, second: number): boolean => Math.floor(ms / 1000) === second;
  return Array.from({ length: Math.ceil(seconds) }, (_, second): Second => {
    const ended = results.filter(({ atMs, e2eMs }) => within(atMs + e2eMs, second));
    const recent = firstAt
      .filter(({ at }) => at < (second + 1) * 1000 && at >= (second + 1 - TTFT_WINDOW_S) * 1000)
      .map(({ ttftMs }) => ttftMs)
      .toSorted((a, b) => a - b);
    return {
      atSeconds: second + 1,
      arrived: results.filter(({ atMs }) => within(atMs, second)).length,
      completed: ended.filter(({ ending }) => ending === 'completed').length,
      notCompleted: ended.filter(({ ending }) => ending !== 'completed').length,
      ttftP50Ms: quantile(recent, 0.5),
      ttftP99Ms: quantile(recent, 0.99),
    };
  });
}
