// Trains the topic classifier and writes its asset, its model card and its numbers: npx tsx bench/train/topics.ts --data DIR.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStaticEmbedder } from '../../src/embedding/index.ts';
import { encodeTopicModel } from '../../src/workload/topic-asset.ts';
import { createTopicClassifier, TOPICS } from '../../src/workload/topic.ts';
import { OUTSIDE_SEEDS } from './seeds/outside.ts';
import { logitsOf, toRow } from './softmax.ts';
import { writeCard } from './topic-card.ts';
import { type DataSet, loadLabelled, loadOutOfScope } from './topic-data.ts';
import { reportDemo } from './topic-demo.ts';
import { report } from './topic-report.ts';
import { SEEDS } from './topic-seeds.ts';
import { calibrate, quantise, train, TRAIN_FOLDS } from './topic-training.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    seed: { type: 'string', default: '1' },
    demo: { type: 'string', default: 'src/sim/assets/demo-prompts.jsonl' },
  },
});
const seed = Number(options.seed);
const root = join(import.meta.dirname, '..', '..');
const assets = join(root, 'src', 'workload', 'assets');
const results = join(root, 'bench', 'results');

const texts = loadLabelled(options.data);
const outside = loadOutOfScope(options.data);
const trainFolds: ReadonlySet<number> = new Set(TRAIN_FOLDS);
const training = texts.filter((row) => trainFolds.has(row.fold));
const test = texts.filter((row) => !trainFolds.has(row.fold));
const embedder = createStaticEmbedder();

console.log(
  `seed ${seed}: ${training.length} training rows, ${test.length} test rows, embedder ${embedder.fingerprint}`,
);
const calibration = calibrate(embedder, training, outside.train, seed);
console.log('held back', calibration);
const model = train(embedder, training, outside.train, seed);
const asset = encodeTopicModel(quantise(model, embedder, calibration));
const classifier = createTopicClassifier(asset);
const measured = report(embedder, classifier, test, outside);

function accuracyFloat(set: DataSet): number {
  const own = test.filter((row) => row.set === set);
  const logits = new Float64Array(TOPICS.length + 1);
  const right = own.filter(({ text, label }) => {
    logitsOf(model, toRow(embedder.embed(text), label, 1), logits);
    const topics = logits.subarray(0, TOPICS.length);
    return topics.indexOf(Math.max(...topics)) === label;
  });
  return right.length / own.length;
}

const facts = {
  seed,
  fingerprint: classifier.fingerprint,
  embedder: embedder.fingerprint,
  sha256: createHash('sha256').update(asset).digest('hex'),
  bytes: asset.length,
  trainRows: training.length,
  seedPrompts: SEEDS.length,
  outsideSeeds: OUTSIDE_SEEDS.length,
  heldBack: calibration.heldBack,
  temperature: calibration.temperature,
  accuracyFloat: {
    mmlu_pro: accuracyFloat('mmlu_pro'),
    llmrouter14: accuracyFloat('llmrouter14'),
    arena_hard_v2: accuracyFloat('arena_hard_v2'),
  },
  report: measured,
  demo: reportDemo(options.demo, (text) => classifier.classifyText(text)),
};
mkdirSync(assets, { recursive: true });
mkdirSync(results, { recursive: true });
writeFileSync(join(assets, 'topics.bin'), asset);
writeFileSync(join(assets, 'topics.card.md'), writeCard(facts));
writeFileSync(join(results, 'topics.json'), `${JSON.stringify(facts, null, 2)}\n`);
console.log(JSON.stringify({ ...measured, demo: facts.demo }, null, 2));
