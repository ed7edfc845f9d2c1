// What is printed: a table a seed, what was checked, and the seeds side by side.
import Table from 'cli-table3';
import { BANDIT, BEST_FIXED, CHEAPEST, mean, ORACLE, RANDOM } from './metrics.ts';
import type { DataSet, Mean, SeedReport, Stretch } from './types.ts';

const NONE: Mean = { score: Number.NaN, costUsd: Number.NaN };
const score = (value: number): string => value.toFixed(3).replace(/^(-?)0\./, '$1.');
const usd = (value: number): string => (value * 1000).toFixed(3);
const meanOf = (part: Stretch, name: string): Mean => part.means[name] ?? NONE;

export function aboutData(data: DataSet, prompts: number): string {
  const folds = `${Math.min(...data.folds)}-${Math.max(...data.folds)}`;
  const trained = ['mmlu_pro', 'llmrouter14'].includes(data.name)
    ? `The topic classifier learnt topics (no scores) from folds 0-6 of ${data.name}; folds 7-9 it has never seen.`
    : `The topic classifier has never seen ${data.name}.`;
  return [
    `${data.name}, folds ${folds}: ${prompts} prompts, ${data.arms.length} models (recorded scores; no model runs).`,
    `Each distinct prompt is sent once: left out are ${data.duplicates} repeated and ${data.incomplete} incompletely scored rows.`,
    `${trained} The bandit starts with no outcome at all.`,
    "Regret below 0: better than the best fixed model. A seed fixes the order of the prompts and the gateway's draws, not the",
    'timing of feedback among concurrent requests: repeats differ a little.',
    data.syntheticCost
      ? 'Costs are SYNTHETIC: list price x prompt tokens and a fixed answer length a task. Only their ratios mean something.'
      : 'Costs are list prices, some assumed, x counted tokens: not bills.',
  ].join('\n');
}

export function seedTable(report: SeedReport): string {
  const names = [BANDIT, RANDOM, CHEAPEST, BEST_FIXED, ORACLE];
  const table = new Table({
    head: ['requests', ...names.flatMap((name) => [name, '$/1k']), 'regret'],
    colAligns: ['left', ...Array.from({ length: 2 * names.length + 1 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  });
  const line = (label: string, part: Stretch, withRegret: boolean): void => {
    const cells = names.flatMap((name) => [score(meanOf(part, name).score), usd(meanOf(part, name).costUsd)]);
    table.push([label, ...cells, withRegret ? part.regret.toFixed(1) : '']);
  };
  for (const tenth of report.tenths) line(`${tenth.from + 1}-${tenth.to}`, tenth, true);
  line('all', report.whole, true);
  line('last third', report.lastThird, false);
  line(`folds 7-9 (${report.heldOut.rows})`, report.heldOut, false);
  line(`  last third (${report.heldOutLastThird.rows})`, report.heldOutLastThird, false);
  const shares = Object.entries(report.shares)
    .toSorted((a, b) => b[1].lastThird - a[1].lastThird)
    .map(([model, share]) => `${model} ${(100 * share.lastThird).toFixed(0)} %`);
  const ms = ({ p50, p99 }: { p50: number; p99: number }): string => `${p50.toFixed(2)} / ${p99.toFixed(2)} ms`;
  return [
    `seed ${report.seed}: cheapest is ${report.cheapest}, best fixed in hindsight ${report.bestFixed}; eyes ${report.contextFingerprint}`,
    table.toString(),
    `last third went to: ${shares.join(', ')}`,
    `${report.wallSeconds.toFixed(1)} s, ${report.perSecond.toFixed(0)} requests/s; p50 / p99 of the gateway's overhead ${ms(report.overheadMs)}, ` +
      `answer ${ms(report.answerMs)}, feedback ${ms(report.feedbackMs)}; drained in ${report.drainMs.toFixed(0)} ms; ` +
      `acknowledged as ${Object.entries(report.acknowledged)
        .map(([status, count]) => `${status} ${count}`)
        .join(', ')}`,
    ...report.checks.map(({ name, ok, detail }) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`),
    ...[...new Set(report.lost)].slice(0, 5).map((why) => `  lost: ${why}`),
    '',
  ].join('\n');
}

/** Each cell: mean over the seeds and, where they differ, least and most. */
export function summaryTable(reports: readonly SeedReport[]): string {
  const names = [BANDIT, RANDOM, CHEAPEST, BEST_FIXED, ORACLE];
  const spread = (valueOf: (report: SeedReport) => number, format: (value: number) => string): string => {
    const values = reports.map(valueOf);
    const [least, most] = [format(Math.min(...values)), format(Math.max(...values))];
    return least === most ? least : `${format(mean(values))} (${least} to ${most})`;
  };
  const table = new Table({
    head: ['mean (least to most) over seeds', ...names, 'bandit - best fixed'],
    style: { head: [], border: [], compact: true },
  });
  const parts: readonly (readonly [string, (report: SeedReport) => Stretch])[] = [
    ['all', (report) => report.whole],
    ['last third', (report) => report.lastThird],
    ['folds 7-9', (report) => report.heldOut],
    ['folds 7-9, last third', (report) => report.heldOutLastThird],
  ];
  for (const [label, part] of parts) {
    const cells = names.map((name) => spread((report) => meanOf(part(report), name).score, score));
    table.push([`score, ${label}`, ...cells, spread((report) => gap(part(report)), score)]);
  }
  for (const [label, part] of parts.slice(0, 2)) {
    const cells = names.map((name) => spread((report) => meanOf(part(report), name).costUsd, usd));
    table.push([`$ per 1k requests, ${label}`, ...cells, '']);
  }
  const ms = (value: number): string => value.toFixed(2);
  return [
    table.toString(),
    `regret against best fixed ${spread(
      (report) => report.whole.regret,
      (value) => value.toFixed(1),
    )}; ` +
      `gateway overhead p50 ${spread((report) => report.overheadMs.p50, ms)} ms, p99 ${spread((report) => report.overheadMs.p99, ms)} ms; ` +
      `${spread(
        (report) => report.perSecond,
        (value) => value.toFixed(0),
      )} requests/s`,
  ].join('\n');
}

function gap(part: Stretch): number {
  return meanOf(part, BANDIT).score - meanOf(part, BEST_FIXED).score;
}

export interface Verdict {
  readonly passed: boolean;
  readonly lines: readonly string[];
}

/** Of the last third against the goal (undefined: none is set for this data) and of the checks. */
export function judge(reports: readonly SeedReport[], goal: number | undefined): Verdict {
  let passed = true;
  const lines = reports.map((report) => {
    const reached = meanOf(report.lastThird, BANDIT).score;
    const failed = report.checks.filter((check) => !check.ok);
    const ok = failed.length === 0 && (goal === undefined || reached >= goal);
    passed &&= ok;
    const against = goal === undefined ? '(no goal set)' : `${reached >= goal ? '>=' : '<'} ${score(goal)}`;
    const checks =
      failed.length === 0
        ? `all ${report.checks.length} checks hold`
        : `violated: ${failed.map(({ name }) => name).join('; ')}`;
    return `${ok ? 'PASS' : 'FAIL'} seed ${report.seed}: last third ${reached.toFixed(4)} ${against}; ${checks}`;
  });
  return { passed, lines };
}
