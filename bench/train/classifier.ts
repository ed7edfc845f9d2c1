// Trains all heads and writes the asset, its model card and its numbers: npm run train:classifier -- --data DIR.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStaticEmbedder, loadWordpieceTable } from '../../src/embedding/index.ts';
import { encodeClassifier } from '../../src/workload/classifier-asset.ts';
import { createClassifier } from '../../src/workload/classifier.ts';
import { type Head, HEADS } from '../../src/workload/heads.ts';
import { writeCard } from './card.ts';
import { reportDemo } from './demo-report.ts';
import { buildExamples } from './examples.ts';
import { trainHead } from './head-training.ts';
import { fitSigmoid, fitSoftmax, fitUnknown, judgeHeldBack } from './judging.ts';
import { quantise } from './quantise.ts';
import { reportHeldBack, reportTest } from './report.ts';
import { SEEDS } from './seed-prompts.ts';
import { loadSources } from './sources.ts';

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

const heads = Object.keys(HEADS) as Head[];
const embedder = createStaticEmbedder();
const examples = buildExamples(loadSources(options.data), seed);
console.log(`seed ${seed}: ${examples.length} texts, embedder ${embedder.fingerprint}`);

const judged = Object.fromEntries(heads.map((head) => [head, judgeHeldBack(head, examples, seed)])) as Record<
  Head,
  ReturnType<typeof judgeHeldBack>
>;
const fitted = {
  topic: { ...fitSoftmax('topic', judged.topic), unknown: fitUnknown(judged.topic) },
  task: fitSoftmax('task', judged.task),
  feedback: fitSoftmax('feedback', judged.feedback),
  difficulty: fitSigmoid('difficulty', judged.difficulty),
  facts: fitSigmoid('facts', judged.facts),
};
const table = loadWordpieceTable().fingerprint;
const models = Object.fromEntries(heads.map((head) => [head, trainHead(head, examples, seed)])) as Record<
  Head,
  ReturnType<typeof trainHead>
>;
const asset = encodeClassifier({ embedder: embedder.fingerprint, table, ...fitted, ...quantise(models) });
const classifier = createClassifier(asset);
const facts = {
  seed,
  fingerprint: classifier.fingerprint,
  embedder: embedder.fingerprint,
  table,
  sha256: createHash('sha256').update(asset).digest('hex'),
  bytes: asset.length,
  seedPrompts: SEEDS.length,
  parameters: fitted,
  heldBack: reportHeldBack(judged, fitted),
  test: reportTest(classifier, examples),
  demo: reportDemo(options.demo, (text) => classifier.read(text).topic()),
};
mkdirSync(assets, { recursive: true });
mkdirSync(results, { recursive: true });
writeFileSync(join(assets, 'classifier.bin'), asset);
writeFileSync(join(assets, 'classifier.card.md'), writeCard(facts));
writeFileSync(join(results, 'classifiers.json'), `${JSON.stringify(facts, null, 2)}\n`);
const { reliability: _, ...short } = facts.test;
console.log(JSON.stringify({ heldBack: facts.heldBack, test: short, demo: facts.demo }, null, 2));
