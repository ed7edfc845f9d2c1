// npm run train:priors -- --data DIR: how good public models are by topic, from public answers, into policies/priors/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadClassifier, TOPICS } from '../../src/workload/index.ts';
import { loadModelScores, TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { buildExamples } from './examples.ts';
import { fitSigmoid, judgeHeldBack, marginOf } from './judging.ts';
import { choose, format, toTable, type Seen } from './prior-table.ts';
import { loadSources } from './sources.ts';

const SETS = ['mmlu_pro', 'llmrouter14', 'zeroeval'] as const;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'policies', 'priors') },
  },
});

const classifier = loadClassifier();

/** Of `npm run train:classifier`. */
const CLASSIFIER_SEED = 1;

/**
 * By data set and prompt of the held-back folds: the difficulty as told by a head that has not seen the fold. Of prompts that it was
 * trained on, the classifier knows how hard they are better than it ever will of others.
 */
function difficulties(): ReadonlyMap<string, number> {
  const judged = judgeHeldBack(
    'difficulty',
    buildExamples(loadSources(options.data), CLASSIFIER_SEED),
    CLASSIFIER_SEED,
  );
  const { bias, slope } = fitSigmoid('difficulty', judged);
  return new Map(
    judged.map(({ example, logits }) => [
      `${example.set} ${example.text}`,
      1 / (1 + Math.exp(-(bias + slope * marginOf(logits)))),
    ]),
  );
}

/** Training rows alone: nothing here has seen the test folds. */
function observe({ rows, meta }: ModelScores, difficultyOf: ReadonlyMap<string, number>): Seen[] {
  return rows
    .filter(({ fold }) => TRAIN_FOLDS.includes(fold))
    .map(({ fold, category, prompt, score }) => ({
      fold,
      category,
      scores: score,
      difficulty: difficultyOf.get(`${meta.name} ${prompt}`),
      // Without the last column, unknown.
      weights: classifier.read(prompt).topic().probabilities.subarray(0, TOPICS.length),
    }));
}

const about = { date: new Date().toISOString().slice(0, 10), classifier: classifier.fingerprint };
const difficultyOf = difficulties();
mkdirSync(options.out, { recursive: true });
for (const set of SETS) {
  const data = loadModelScores(join(options.data, set));
  console.log(`${set}: ${data.rows.length} rows, ${data.meta.models.length} models`);
  const chosen = choose(observe(data, difficultyOf), data.pool, (line) => console.log(line));
  console.log(`  chosen: ${chosen.assignment}, ${JSON.stringify(chosen.recipe)}`);
  writeFileSync(join(options.out, `${set}.json`), format(toTable(data, chosen, about)));
}
console.log(`written: ${SETS.map((set) => `priors/${set}.json`).join(', ')}`);
