// npm run bench:loop -- --data DIR: does the loop learn? The real prompts of a data set through a real gateway, scores back as feedback.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOption } from '../support/number-option.ts';
import { learningCurve } from './chart.ts';
import { loadDataSet } from './data-set.ts';
import { aboutData, judge, seedTable, summaryTable } from './report.ts';
import { curveWindow, runSeed } from './seed-run.ts';
import type { DataSet, SeedReport } from './types.ts';

const USAGE = `npm run bench:loop -- --data DIR [options]

  --data DIR          data set folder: meta.json, queries.jsonl.gz
  --seeds LIST        one run each, e.g. 1,2,3 (default)
  --folds A-B         folds whose prompts are sent (default 3-9)
  --concurrency N     requests under way at once (default 8)
  --cost-weight X     the bandit's costWeight (default 0: quality alone)
  --time-scale X      real seconds per simulated second of the model servers (default 0: no waiting)
  --goal X            what the last third must reach (default .6 for llmrouter14, else none)
  --limit N           only the first N of the shuffled prompts; writes no result unless --out is given
  --out DIR           where loop-SET.json and loop-SET.svg go (default bench/results)
  --keep              leave policy and data directory behind

Exits 1 when the goal is missed or a check is violated.`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    folds: { type: 'string', default: '3-9' },
    concurrency: { type: 'string', default: '8' },
    'cost-weight': { type: 'string', default: '0' },
    'time-scale': { type: 'string', default: '0' },
    goal: { type: 'string' },
    limit: { type: 'string' },
    out: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.data === undefined) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

function foldsOf(text: string): readonly number[] {
  const [first = 0, last = first] = text.split('-').map((part) => numberOption('folds', part, 0));
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function load(directory: string, folds: readonly number[]): DataSet {
  try {
    return loadDataSet(directory, folds);
  } catch (error) {
    console.error(`--data ${directory}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

const data = load(values.data, foldsOf(values.folds));
const seeds = values.seeds.split(',').map((text) => numberOption('seeds', text, 0));
const goal =
  values.goal !== undefined ? numberOption('goal', values.goal, 0) : data.name === 'llmrouter14' ? 0.6 : undefined;
const settings = {
  concurrency: numberOption('concurrency', values.concurrency, 1),
  costWeight: numberOption('cost-weight', values['cost-weight'], 0),
  timeScale: numberOption('time-scale', values['time-scale'], 0),
  limit: values.limit === undefined ? undefined : numberOption('limit', values.limit, 20),
};
const prompts = Math.min(settings.limit ?? Infinity, data.rows.length);
console.log(`${aboutData(data, prompts)}\n`);

const from = performance.now();
const reports: SeedReport[] = [];
for (const seed of seeds) {
  const report = await runSeed(data, { ...settings, seed, keep: values.keep });
  console.log(seedTable(report));
  reports.push(report);
}
const verdict = judge(reports, goal);
const wallSeconds = (performance.now() - from) / 1000;
console.log(summaryTable(reports));
console.log(`${verdict.lines.join('\n')}\n${wallSeconds.toFixed(1)} s in all`);

if (settings.limit === undefined || values.out !== undefined) {
  const out = values.out ?? join(import.meta.dirname, '..', 'results');
  const file = join(out, `loop-${data.name}`);
  const result = {
    about: aboutData(data, prompts).split('\n'),
    passed: verdict.passed,
    verdicts: verdict.lines,
    settings: { ...settings, goal, folds: data.folds, models: data.arms, seeds },
    machine: {
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      // Others may have worked on the machine at the same time.
      loadAverage1m: loadavg()[0],
    },
    wallSeconds,
    seeds: reports,
  };
  mkdirSync(out, { recursive: true });
  writeFileSync(`${file}.json`, `${JSON.stringify(result, rounded, 1)}\n`);
  const title = `Learning from feedback: ${data.name}, ${data.arms.length} models, ${prompts} requests`;
  writeFileSync(`${file}.svg`, learningCurve(reports, { title, goal, window: curveWindow(prompts) }));
  console.log(`written: ${file}.json, ${file}.svg`);
}
process.exitCode = verdict.passed ? 0 : 1;

/** Seven significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}
