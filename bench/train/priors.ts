// npm run train:priors -- --data DIR: how good public models are by topic, from public answers, into policies/priors/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadTopicClassifier, TOPICS } from '../../src/workload/index.ts';
import { loadModelScores, TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { choose, format, toTable, type Seen } from './prior-table.ts';

const SETS = ['mmlu_pro', 'llmrouter14', 'zeroeval'] as const;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'policies', 'priors') },
  },
});

const classifier = loadTopicClassifier();

/** Training rows alone: nothing here has seen the test folds. */
function observe({ rows }: ModelScores): Seen[] {
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

const about = { date: new Date().toISOString().slice(0, 10), classifier: classifier.fingerprint };
mkdirSync(options.out, { recursive: true });
for (const set of SETS) {
  const data = loadModelScores(join(options.data, set));
  console.log(`${set}: ${data.rows.length} rows, ${data.meta.models.length} models`);
  const chosen = choose(observe(data), data.pool, (line) => console.log(line));
  console.log(`  chosen: ${chosen.assignment}, ${JSON.stringify(chosen.recipe)}`);
  writeFileSync(join(options.out, `${set}.json`), format(toTable(data, chosen, about)));
}
console.log(`written: ${SETS.map((set) => `priors/${set}.json`).join(', ')}`);
