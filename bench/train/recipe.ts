// The recipe on one data set at a time: the same features and the same training on folds 0-6, judged on 7-9. Run: npm run bench:recipe.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/base/index.ts';
import { createStaticEmbedder, loadWordpieceTable } from '../../src/embedding/index.ts';
import { auroc } from './calibration.ts';
import { logitsOf, type Row, softmaxInPlace, toIndices, trainSoftmax } from './softmax.ts';
import { readRows, textOf } from './sources.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    seed: { type: 'string', default: '1' },
    /** Also without the table. */
    hashed: { type: 'boolean', default: false },
  },
});
/** Those of the merged classifier. */
const SETTINGS = { epochs: 12, learningRate: 1, decay: 0.1 };

/** MMLU's subjects in the categories of MMLU-Pro; those of other categories are left out. */
const MMLU_SUBJECTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    physics: 'astronomy college_physics conceptual_physics high_school_physics',
    chemistry: 'college_chemistry high_school_chemistry',
    biology: 'college_biology high_school_biology',
    'computer science': 'college_computer_science computer_security high_school_computer_science machine_learning',
    math: 'abstract_algebra college_mathematics elementary_mathematics high_school_mathematics high_school_statistics',
    engineering: 'electrical_engineering',
    business: 'business_ethics management marketing',
    economics: 'econometrics high_school_macroeconomics high_school_microeconomics',
    psychology: 'high_school_psychology professional_psychology',
  }).flatMap(([category, subjects]) => subjects.split(' ').map((subject) => [subject, category])),
);

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
  ...(options.hashed ? [{ ...measure(task, false), features: 'hashed', goal: undefined }] : []),
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

/** Trained on MMLU-Pro's rows that are not from MMLU, judged on MMLU itself, over the nine categories of both. */
function shift(): Task {
  const own = readRows(join(options.data, 'mmlu_pro', 'queries.jsonl.gz'))
    .filter((row) => !textOf(row, 'src').startsWith('ori_mmlu'))
    .map((row) => ({ text: textOf(row, 'prompt'), label: textOf(row, 'category'), isTest: false }));
  const mmlu = readRows(join(options.data, 'routellm_pair', 'queries.jsonl.gz')).flatMap((row) => {
    const label = MMLU_SUBJECTS[textOf(row, 'category').replace(/^mmlu_/u, '')];
    return label === undefined ? [] : [{ text: textOf(row, 'prompt'), label, isTest: true }];
  });
  return { name: 'off MMLU, on MMLU', texts: [...own, ...mmlu], goal: 0.645 };
}

function featuresOf(text: string, withTable: boolean): Pick<Row, 'indices' | 'dense'> {
  const indices = toIndices(embedder.embed(text));
  return withTable ? { indices, dense: table.read(text).slice() } : { indices };
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
