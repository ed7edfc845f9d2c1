// npm run bench:semantic -- --data DIR: what routing by topic and prior tables reaches, without feedback, on prompts that the tables have not seen.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadClassifier } from '../../src/workload/index.ts';
import { checkLine } from '../support/check.ts';
import { numberOption } from '../support/number-option.ts';
import { costQualityChart } from './chart.ts';
import type { SetResult } from './measure.ts';
import { GOALS, table, verdicts } from './report.ts';
import { measureSets } from './sets.ts';

const USAGE = `npm run bench:semantic -- --data DIR [options]

  --data DIR   folder of the data sets ${Object.keys(GOALS).join(', ')} (default ../shared/data)
  --out DIR    where semantic.json and semantic.svg go (default bench/results)
  --seed N     of the bootstrap (default 1)

Exits 1 when a goal is missed.`;

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: join(root, 'bench', 'results') },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const seed = numberOption('seed', values.seed, 0);
const classifier = loadClassifier();

const results = measured();
const checks = verdicts(results);
const about = [
  `Test folds 7-9; tables of policies/priors, fitted on folds 0-6; topics of ${classifier.fingerprint}, trained on folds 0-6 of the same benchmarks.`,
  'Every choice is made by decide() of a policy compiled from YAML; quality is the recorded score of the model that it names.',
  'AIQ: mean over costs, from the cheapest to the dearest model, of the upper hull of a sweep of costWeight; of best fixed: the hull of all single models.',
  'Best fixed: the model with the highest mean on folds 0-6. +-: standard error over 500 paired resamples. Costs rest on list prices, some assumed: only ratios mean something.',
];
console.log(`${about.join('\n')}\n\n${table(results)}\n${checks.map(checkLine).join('\n')}`);

mkdirSync(values.out, { recursive: true });
const file = join(values.out, 'semantic');
writeFileSync(
  `${file}.json`,
  `${JSON.stringify({ about, classifier: classifier.fingerprint, seed, goals: GOALS, checks, results: results.map(relative) }, rounded, 1)}\n`,
);
writeFileSync(`${file}.svg`, costQualityChart(results, 'Routing by topic and prior tables: quality against cost'));
console.log('written: semantic.json, semantic.svg');
process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;

function measured(): readonly SetResult[] {
  try {
    return measureSets(values.data, classifier, seed);
  } catch (error) {
    console.error(`--data: ${values.data}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

/** Without dollars: some of the data's prices are assumed, so that only shares of the best fixed model's cost are kept. */
function relative({ ways, ...rest }: SetResult) {
  const unit = ways.find(({ name }) => name === 'best fixed')?.costUsd ?? 1;
  return {
    ...rest,
    ways: ways.map(({ costUsd, curve, ...way }) => ({
      ...way,
      costOfBestFixed: costUsd / unit,
      curve: curve.map((point) => [point.costUsd / unit, point.quality]),
    })),
  };
}

/** Five significant digits are more than a measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
