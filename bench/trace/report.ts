// What is printed and drawn of a replay.
import Table from 'cli-table3';
import { quantile } from '../overhead/statistics.ts';
import { timeChart } from '../support/time-chart.ts';
import type { TokenError } from './log-record.ts';
import type { TraceRun } from './run.ts';

/** Above this a process may have been what limited. */
const BUSY = 0.7;

export interface Numbers {
  readonly requests: number;
  readonly streams: number;
  readonly perSecond: number;
  readonly ttftMs: Quantiles;
  readonly e2eMs: Quantiles;
  readonly overheadMs: Quantiles;
  readonly outputTokens: number;
  readonly rssMiB: { readonly start: number; readonly end: number; readonly most: number };
  readonly heapMostMiB: number;
  readonly loopMs: { readonly medianP99: number; readonly worstP99: number; readonly most: number };
  readonly tokenErrors: TraceRun['tokenErrors'];
  readonly pools: Readonly<Record<string, number>>;
  readonly extraAttempts: number;
  readonly busy: TraceRun['busy'];
}

interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly most: number;
}

export function numbersOf(run: TraceRun): Numbers {
  const { results, log, observed } = run;
  const pools: Record<string, number> = {};
  for (const { pool } of results) pools[pool] = (pools[pool] ?? 0) + 1;
  const most = (values: readonly number[]): number => Math.max(...values);
  const p99s = observed.map(({ loopP99Ms }) => loopP99Ms);
  return {
    requests: results.length,
    streams: results.filter(({ stream }) => stream).length,
    perSecond: results.length / run.wallSeconds,
    ttftMs: quantiles(results.flatMap(({ ttftMs }) => ttftMs ?? [])),
    e2eMs: quantiles(results.map(({ e2eMs }) => e2eMs)),
    overheadMs: quantiles(log.flatMap(({ outcome }) => outcome?.overheadMs ?? [])),
    outputTokens: results.reduce((sum, { outputTokens }) => sum + (outputTokens ?? 0), 0),
    rssMiB: {
      start: observed[0]?.rssMiB ?? Number.NaN,
      end: observed.at(-1)?.rssMiB ?? Number.NaN,
      most: most(observed.map(({ rssMiB }) => rssMiB)),
    },
    heapMostMiB: most(observed.map(({ heapMiB }) => heapMiB)),
    loopMs: {
      medianP99: quantile(
        p99s.toSorted((a, b) => a - b),
        0.5,
      ),
      worstP99: most(p99s),
      most: most(observed.map(({ loopMostMs }) => loopMostMs)),
    },
    tokenErrors: run.tokenErrors,
    pools,
    extraAttempts: log.reduce((sum, { outcome }) => sum + Math.max(0, (outcome?.attempts.length ?? 1) - 1), 0),
    busy: run.busy,
  };
}

export function numbersTable(numbers: Numbers): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  const ms = ({ p50, p90, p99, most }: Quantiles): string => `${[p50, p90, p99, most].map(short).join(' / ')} ms`;
  const error = ({ requests, p50, p90, bias }: TokenError): string =>
    `median ${percent(p50)}, p90 ${percent(p90)}, all together ${bias > 0 ? '+' : ''}${percent(bias)} (${requests} requests)`;
  const { rssMiB, loopMs, tokenErrors } = numbers;
  const rows: readonly (readonly [string, string])[] = [
    ['requests', `${numbers.requests}, ${numbers.streams} as streams, ${numbers.perSecond.toFixed(1)}/s`],
    [
      'answered by',
      Object.entries(numbers.pools)
        .map(([pool, count]) => `${pool} ${count}`)
        .join(', '),
    ],
    ['output tokens', `${numbers.outputTokens}`],
    ['attempts beyond the first', `${numbers.extraAttempts}`],
    ['TTFT of streams, p50 / p90 / p99 / most', ms(numbers.ttftMs)],
    ['whole answer, the same', ms(numbers.e2eMs)],
    ["the gateway's own time, the same", ms(numbers.overheadMs)],
    ['resident memory, start / end / most', `${[rssMiB.start, rssMiB.end, rssMiB.most].map(short).join(' / ')} MiB`],
    ['JavaScript heap, most', `${short(numbers.heapMostMiB)} MiB`],
    [
      'event loop late, by second: median p99 / worst p99 / most',
      `${[loopMs.medianP99, loopMs.worstP99, loopMs.most].map(short).join(' / ')} ms`,
    ],
    ['input tokens, estimate off: first half', error(tokenErrors.firstHalf)],
    ['  second half', error(tokenErrors.secondHalf)],
    [
      'processor time over wall time',
      Object.entries(numbers.busy)
        .map(([name, busy]) => `${name} ${busy.toFixed(2)}`)
        .join(', '),
    ],
  ];
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** Processes that may have been what limited the run. */
export function limiting(numbers: Numbers): readonly string[] {
  return Object.entries(numbers.busy)
    .filter(([, busy]) => busy > BUSY)
    .map(([name]) => name);
}

export function incompleteLines(run: TraceRun): readonly string[] {
  return run.results
    .filter(({ ending }) => ending !== 'completed')
    .map(
      ({ atMs, e2eMs, stream, ending, status, decisionId, why }) =>
        `  ${ending} at ${((atMs + e2eMs) / 1000).toFixed(1)} s (${stream ? 'stream' : 'plain'}, ${status}, ${decisionId}): ${why}`,
    );
}

export function traceChart(run: TraceRun, title: string): string {
  const { seconds, observed } = run;
  const at = seconds.map(({ atSeconds }) => atSeconds);
  const seenAt = at.map((second) => observed.find(({ atSeconds }) => Math.floor(atSeconds) === second));
  return timeChart({
    title,
    at,
    spans: [{ ...run.killSeconds, label: `${run.endpoints[0]} is dead` }],
    panels: [
      {
        title: 'requests/s',
        lines: [
          { label: 'arrived', values: seconds.map(({ arrived }) => arrived) },
          { label: 'answered', values: seconds.map(({ completed }) => completed) },
        ],
      },
      {
        title: 'TTFT of the last 10 s, ms',
        lines: [
          { label: 'p50', values: seconds.map(({ ttftP50Ms }) => ttftP50Ms) },
          { label: 'p99', values: seconds.map(({ ttftP99Ms }) => ttftP99Ms) },
        ],
      },
      {
        title: 'not answered whole',
        lines: [{ label: 'requests', values: seconds.map(({ notCompleted }) => notCompleted) }],
        goal: 0,
      },
      {
        title: 'endpoints in use',
        lines: run.endpoints.map((label, i) => ({
          label,
          // Side by side, so that one does not hide another.
          values: seenAt.map((seen) => (seen === undefined ? Number.NaN : (seen.healthy[i] ?? 0) + i * 0.04)),
        })),
      },
      {
        title: 'resident memory, MiB',
        lines: [{ label: 'gateway', values: seenAt.map((seen) => seen?.rssMiB ?? Number.NaN) }],
      },
    ],
  });
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): number => quantile(sorted, q);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
