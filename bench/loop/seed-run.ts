// One seed from an empty data directory to its report: fleet, gateway, the whole stream, log, checks, means.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/index.ts';
import { checkRun } from './checks.ts';
import { createSend, sendAll } from './exchange.ts';
import { startFleet } from './fleet-process.ts';
import { policyText, readLog, startGateway } from './gateway-process.ts';
import { BANDIT, baselines, mean, movingMean, quantiles, splits, stretch, type Series } from './metrics.ts';
import { createProgress } from '../support/progress.ts';
import type { Answered, DataSet, LogRecord, Result, Row, SeedReport } from './types.ts';

/** The gateway draws from its seed as it is: the order of the prompts must not be the same numbers. */
const ORDER_SALT = 0x5bd1e995;
/** The topic classifier was trained on folds 0-6 of some of the data sets. */
const HELD_OUT_FOLDS = new Set([7, 8, 9]);
const CURVE_POINTS = 160;

export interface SeedOptions {
  readonly seed: number;
  readonly concurrency: number;
  readonly timeScale: number;
  readonly costWeight: number;
  /** Only the first so many of the shuffled prompts. */
  readonly limit: number | undefined;
  /** Leaves the policy and the data directory behind. */
  readonly keep: boolean;
}

export async function runSeed(data: DataSet, options: SeedOptions): Promise<SeedReport> {
  const { seed } = options;
  const rows = shuffled(data.rows, (seed ^ ORDER_SALT) >>> 0).slice(0, options.limit);
  const directory = mkdtempSync(join(tmpdir(), `sluice-loop-${seed}-`));
  const remove = (): void => {
    if (!options.keep) rmSync(directory, { recursive: true, force: true });
  };
  // Also when the run is interrupted.
  process.once('exit', remove);
  try {
    const fleet = await startFleet(data, seed, options.timeScale);
    const gateway = await startGateway(directory, policyText(data.arms, fleet.urls, options.costWeight), seed);
    const from = performance.now();
    const results = await streamOf(gateway.url, data, rows, options);
    const wallSeconds = (performance.now() - from) / 1000;
    const { code, drainMs, printed } = await gateway.stop();
    if (code !== 0) console.error(printed);
    const counted = await fleet.stop();
    const log = await readLog(directory);
    const checks = checkRun({ arms: data.arms, rows, results, log, fleet: counted, gatewayExit: code });
    return {
      ...reportOf(data, rows, results, log),
      seed,
      checks,
      wallSeconds,
      perSecond: rows.length / wallSeconds,
      drainMs,
    };
  } finally {
    process.off('exit', remove);
    remove();
    if (options.keep) console.log(`seed ${seed}: policy and data directory kept in ${directory}`);
  }
}

async function streamOf(
  url: string,
  data: DataSet,
  rows: readonly Row[],
  { seed, concurrency }: SeedOptions,
): Promise<readonly Result[]> {
  const progress = createProgress({
    label: `seed ${seed}`,
    total: rows.length,
    out: process.stderr,
    now: () => performance.now(),
  });
  let total = 0;
  let count = 0;
  let lost = 0;
  const results = await sendAll(rows, concurrency, createSend(url, data, `${data.name}-${seed}`), (result) => {
    count++;
    if (result.kind === 'answered') total += result.score;
    else lost++;
    progress.advance(`mean score ${(total / count).toFixed(3)}${lost > 0 ? `, ${lost} lost` : ''}`);
  });
  progress.end();
  return results;
}

type Measured = Omit<SeedReport, 'seed' | 'checks' | 'wallSeconds' | 'perSecond' | 'drainMs'>;

function reportOf(
  data: DataSet,
  rows: readonly Row[],
  results: readonly Result[],
  log: readonly LogRecord[],
): Measured {
  const byId = new Map(log.map((record) => [record.id, record]));
  const outcomeOf = (result: Result): LogRecord['outcome'] =>
    result.kind === 'answered' ? (byId.get(result.decisionId)?.outcome ?? null) : null;
  const bandit: Series = {
    name: BANDIT,
    score: results.map((result) => (result.kind === 'answered' ? result.score : 0)),
    costUsd: results.map((result) => outcomeOf(result)?.costUsd ?? 0),
  };
  const others = baselines(rows);
  const all = [bandit, ...others.series];
  const n = rows.length;
  const third = Math.floor((2 * n) / 3);
  const heldOut = (i: number): boolean => HELD_OUT_FOLDS.has(rows[i]?.fold ?? -1);
  const answered = results.filter((result): result is Answered => result.kind === 'answered');
  const acknowledged: Record<string, number> = {};
  for (const { acknowledged: status } of answered) acknowledged[status] = (acknowledged[status] ?? 0) + 1;
  const share = (arm: number, from: number): number =>
    mean(results.slice(from).map((result) => (result.kind === 'answered' && result.arm === arm ? 1 : 0)));
  const window = curveWindow(n);
  // The first points look back on what there is; before a quarter of a window they would be noise.
  const start = Math.ceil(window / 4);
  const curveAt = splits(n - start, CURVE_POINTS).map(([, to]) => start + to);
  return {
    prompts: n,
    contextFingerprint: log[0]?.contextFingerprint ?? '',
    cheapest: data.arms[others.cheapest]?.model ?? '',
    bestFixed: data.arms[others.bestFixed]?.model ?? '',
    tenths: splits(n, 10).map(([from, to]) => stretch(all, from, to)),
    whole: stretch(all, 0, n),
    lastThird: stretch(all, third, n),
    heldOut: stretch(all, 0, n, heldOut),
    heldOutLastThird: stretch(all, third, n, heldOut),
    shares: Object.fromEntries(
      data.arms.map(({ model }, arm) => [model, { whole: share(arm, 0), lastThird: share(arm, third) }]),
    ),
    lost: results.flatMap((result) => (result.kind === 'lost' ? [result.why] : [])),
    acknowledged,
    overheadMs: quantiles(log.flatMap(({ outcome }) => outcome?.overheadMs ?? [])),
    answerMs: quantiles(answered.map(({ answerMs }) => answerMs)),
    feedbackMs: quantiles(answered.map(({ feedbackMs }) => feedbackMs)),
    curve: movingMean(bandit.score, window, curveAt),
    curveAt,
  };
}

/** How many requests the learning curve's moving mean looks back. */
export function curveWindow(prompts: number): number {
  return Math.max(1, Math.min(400, Math.floor(prompts / 8)));
}

/** Fisher-Yates. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed);
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [left, right] = [order[i], order[j]];
    if (left === undefined || right === undefined) continue;
    order[i] = right;
    order[j] = left;
  }
  return order;
}
