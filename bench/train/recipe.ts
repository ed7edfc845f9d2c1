// The recipe on one data set at a time: the same features and the same training on folds 0-6, judged on 7-9. Run: npm run bench:recipe.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/base/index.ts';
import { createStaticEmbedder, loadWordpieceTable } from '../../src/embedding/index.ts';
import { auroc } from './calibration.ts';
import { DENSE_SCALE } from './examples.ts';
import { logitsOf, type Row, softmaxInPlace, toIndices, trainSoftmax } from './softmax.ts';
import { readRows, textOf } from './sources.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, seed: { type: 'string', default: '1' } },
});
/** Chosen on folds 4-6 of mmlu_pro. */
const SETTINGS = { epochs: 12, learningRate: 1, decay: 0.1 };

interface Text {
  readonly text: string;
  readonly label: string;
  readonly isTest: boolean;
}

interface Task {
  readonly name: string;
  readonly texts: readonly Text[];
  /** Texts of no class, and the AUROC that they are told by. */
  readonly outside?: readonly string[];
  readonly goal: number;
}

const embedder = createStaticEmbedder();
const table = loadWordpieceTable();

const results = [byFold('mmlu_pro', 0.82), byFold('llmrouter14', 0.94), clinc(), banking(), shift()].flatMap((task) => [
  { ...measure(task, true), features: 'hashed + table', goal: task.goal },
  { ...measure(task, false), features: 'hashed', goal: undefined },
]);
console.table(results);
const directory = join(import.meta.dirname, '..', 'results');
mkdirSync(directory, { recursive: true });
writeFileSync(
  join(directory, 'recipe.json'),
  `${JSON.stringify({ seed: options.seed, table: table.fingerprint, results }, null, 2)}\n`,
);

function byFold(set: 'mmlu_pro' | 'llmrouter14', goal: number): Task {
  const rows = readRows(join(options.data, set, 'queries.jsonl.gz'));
  const texts = rows.map((row) => ({
    text: textOf(row, 'prompt'),
    label: textOf(row, 'category'),
    isTest: Number(row['fold']) > 6,
  }));
  return { name: set, texts, goal };
}

function clinc(): Task {
  const rows = readRows(join(options.data, 'prompts', 'clinc150.jsonl.gz'));
  const texts = rows
    .filter((row) => ['train', 'test'].includes(textOf(row, 'split')))
    .map((row) => ({ text: textOf(row, 'text'), label: textOf(row, 'intent'), isTest: row['split'] === 'test' }));
  const outside = rows.filter((row) => row['split'] === 'oos_test').map((row) => textOf(row, 'text'));
  return { name: 'clinc150', texts, outside, goal: 0.945 };
}

function banking(): Task {
  const rows = readRows(join(options.data, 'prompts', 'banking77.jsonl.gz'));
  const texts = rows.map((row) => ({
    text: textOf(row, 'text'),
    label: textOf(row, 'intent'),
    isTest: row['split'] === 'test',
  }));
  return { name: 'banking77', texts, goal: 0.92 };
}

/** Trained on the rows that were written for MMLU-Pro or taken from elsewhere, judged on those from MMLU, over the categories of both. */
function shift(): Task {
  const rows = readRows(join(options.data, 'mmlu_pro', 'queries.jsonl.gz')).map((row) => ({
    text: textOf(row, 'prompt'),
    label: textOf(row, 'category'),
    isTest: textOf(row, 'src').startsWith('ori_mmlu'),
  }));
  const both = new Set(rows.filter(({ isTest }) => isTest).map(({ label }) => label));
  const trained = new Set(rows.filter(({ isTest }) => !isTest).map(({ label }) => label));
  const texts = rows.filter(({ label, isTest }) =>
    isTest ? trained.has(label) && label !== 'other' : both.has(label) && label !== 'other',
  );
  return { name: 'off MMLU, on MMLU', texts, goal: 0.645 };
}

function featuresOf(text: string, withTable: boolean): Pick<Row, 'indices' | 'dense'> {
  const indices = toIndices(embedder.embed(text));
  return withTable ? { indices, dense: table.read(text).map((x) => DENSE_SCALE * x) } : { indices };
}

function measure({ name, texts, outside }: Task, withTable: boolean) {
  const labels = [...new Set(texts.map(({ label }) => label))];
  const training = texts.filter(({ isTest }) => !isTest);
  const test = texts.filter(({ isTest }) => isTest);
  const rows = training.map(({ text, label }) => ({
    ...featuresOf(text, withTable),
    label: labels.indexOf(label),
    weight: 1,
  }));
  const model = trainSoftmax(rows, labels.length, SETTINGS, seededRandom(Number(options.seed)));
  const judge = (text: string): { label: string; confidence: number } => {
    const logits = new Float64Array(labels.length);
    logitsOf(model, featuresOf(text, withTable), logits);
    softmaxInPlace(logits);
    const confidence = Math.max(...logits);
    return { label: labels[logits.indexOf(confidence)] ?? '', confidence };
  };
  const judged = test.map(({ text, label }) => ({ label, ...prefixed(judge(text)) }));
  const right = judged.filter(({ label, called }) => label === called).length;
  const sizes = labels.map((label) => test.filter((row) => row.label === label).length);
  return {
    name,
    classes: labels.length,
    train: training.length,
    test: test.length,
    accuracy: Number((right / test.length).toFixed(4)),
    majority: Number((Math.max(...sizes) / test.length).toFixed(4)),
    outsideAuroc:
      outside === undefined
        ? undefined
        : Number(
            auroc(
              judged.map(({ confidence }) => confidence),
              outside.map((text) => judge(text).confidence),
            ).toFixed(4),
          ),
  };
}

function prefixed({ label, confidence }: { label: string; confidence: number }): {
  called: string;
  confidence: number;
} {
  return { called: label, confidence };
}
