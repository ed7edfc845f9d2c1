// npm run train:priors -- --data DIR: how good public models are by topic, from public answers, into policies/priors/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PriorTable } from '../../src/policy/index.ts';
import { loadTopicClassifier, TOPICS } from '../../src/workload/index.ts';
import { HELD_BACK_FOLDS, loadModelScores, TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { byCategory, fitModel, heldBackError, type Observation } from './prior-fit.ts';

const SETS = ['mmlu_pro', 'llmrouter14', 'zeroeval'] as const;
/** Observations that a model's overall mean is worth in each of its topics. */
const STRENGTHS = [1, 2, 5, 10, 20, 50, 100, 200] as const;

/** A topic of fewer prompts (most of them wrongly taken for it) is left out: it counts as overall. */
const LEAST_ROWS = 5;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'policies', 'priors') },
  },
});

const classifier = loadTopicClassifier();

/** Training rows alone: nothing here has seen the test folds. */
function observe({ rows }: ModelScores): (Observation & { readonly category: string })[] {
  return rows
    .filter(({ fold }) => TRAIN_FOLDS.includes(fold))
    .map(({ fold, category, prompt, score }) => ({
      fold,
      category,
      scores: score,
      // Without the last column, unknown.
      weights: classifier.classifyText(prompt).probabilities.subarray(0, TOPICS.length),
    }));
}

function choose(seen: readonly (Observation & { readonly category: string })[]) {
  const tried = [
    { assignment: 'posterior of the topic classifier', fitted: seen as readonly Observation[] },
    { assignment: "topic of most prompts of the data's own category", fitted: byCategory(seen) },
  ].flatMap(({ assignment, fitted }) =>
    STRENGTHS.map((strength) => ({
      assignment,
      strength,
      fitted,
      error: heldBackError(fitted, seen, HELD_BACK_FOLDS, strength),
    })),
  );
  for (const { assignment, strength, error } of tried)
    console.log(`  ${assignment}, strength ${strength}: squared error ${error.toFixed(6)}`);
  return tried.reduce((best, one) => (one.error < best.error ? one : best));
}

function toTable({ meta, rows }: ModelScores, chosen: ReturnType<typeof choose>): PriorTable {
  const training = rows.filter(({ fold }) => TRAIN_FOLDS.includes(fold));
  const models = meta.models.map(({ name, price_source, usd_per_1m_in, usd_per_1m_out }, column) => {
    const { overall, topics } = fitModel(chosen.fitted, column, chosen.strength);
    const lengths = training.flatMap((row) => row.out_tok?.[column] ?? []);
    const named = topics.flatMap(({ quality, rows: count }, t) =>
      count < LEAST_ROWS ? [] : [[TOPICS[t] ?? '', { quality: round(quality, 4), rows: round(count, 1) }] as const],
    );
    return [
      name,
      {
        overall: round(overall, 4),
        topics: Object.fromEntries(named),
        ...(lengths.length > 0 && { outputTokens: round(lengths.reduce((a, b) => a + b, 0) / lengths.length, 1) }),
        ...(!price_source.startsWith('A') && { price: { inputPerMTok: usd_per_1m_in, outputPerMTok: usd_per_1m_out } }),
      },
    ] as const;
  });
  const { source, commit, path, licence, score_def: score } = meta;
  return {
    version: 1,
    source: { data: meta.name, repository: source, commit, path: path.split(' (')[0], licence, score },
    fitted: {
      by: 'npm run train:priors',
      date: new Date().toISOString().slice(0, 10),
      folds: TRAIN_FOLDS.join(','),
      rows: training.length,
      classifier: classifier.fingerprint,
      assignment: chosen.assignment,
      shrinkage: `to the model's overall mean, as ${chosen.strength} observations; chosen by squared error on folds ${HELD_BACK_FOLDS.join(',')} held back in turn`,
      heldBackError: round(chosen.error, 6),
    },
    models: Object.fromEntries(models.toSorted(([, a], [, b]) => b.overall - a.overall)),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** One topic a line, so that a table can be read and compared. */
function format(table: PriorTable): string {
  return `${JSON.stringify(table, undefined, 1).replaceAll(/\{\n\s+("(?:quality|inputPerMTok)": [^,]+),\n\s+("[^"]+": [^\n]+)\n\s+\}/g, '{ $1, $2 }')}\n`;
}

mkdirSync(options.out, { recursive: true });
for (const set of SETS) {
  const data = loadModelScores(join(options.data, set));
  console.log(`${set}: ${data.rows.length} rows, ${data.meta.models.length} models`);
  const chosen = choose(observe(data));
  console.log(`  chosen: ${chosen.assignment}, strength ${chosen.strength}`);
  writeFileSync(join(options.out, `${set}.json`), format(toTable(data, chosen)));
}
console.log(`written: ${SETS.map((set) => `priors/${set}.json`).join(', ')}`);
