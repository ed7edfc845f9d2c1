// Topics of one's own on intents that nothing was tuned on: accuracy by number of examples, detection among everything else, time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createTransformersEmbedder, loadWordpieceTable } from '../../src/embedding/index.ts';
import { encodedWorkbench, type OwnTopic, staticWorkbench } from '../../src/workload/index.ts';
import { numberOption } from '../support/number-option.ts';
import { nearestMean } from './baseline.ts';
import { drawn, intentsOf, loadIntents, testRows, topicsOf } from './data.ts';
import { accuracy, detection, type Detection, spread } from './figures.ts';
import { measureTime } from './time.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/prompts' },
    /** A folder with an ONNX sentence encoder, scored beside the built-in features. */
    encoder: { type: 'string' },
    draws: { type: 'string', default: '5' },
    /** At most so many test texts of a set: an encoder takes milliseconds for each. */
    texts: { type: 'string', default: '100000' },
  },
});
const draws = numberOption('draws', options.draws, 1);
const most = numberOption('texts', options.texts, 100);
const EXAMPLES = [5, 10, 20];
/** Topics of a policy, and how many examples each has. */
const SETTINGS = [
  { topics: 8, examples: 5 },
  { topics: 8, examples: 10 },
  { topics: 8, examples: 20 },
  { topics: 1, examples: 10 },
];

type Scorer = (topics: readonly OwnTopic[], texts: readonly string[]) => Promise<readonly Float64Array[]>;

const table = loadWordpieceTable();
const encoder =
  options.encoder === undefined
    ? undefined
    : await createTransformersEmbedder({ model: options.encoder, deadlineMs: 60_000 });
const scorers: Record<string, Scorer> = {
  'nearest mean of hashed features': (topics, texts) => Promise.resolve(nearestMean(topics, texts)),
  'static, no table': staticWorkbench(undefined).score,
  static: staticWorkbench(table).score,
};
if (encoder !== undefined) scorers[basename(options.encoder ?? '')] = encodedWorkbench(encoder).score;

const banking = loadIntents(options.data, 'banking77');
const clinc = loadIntents(options.data, 'clinc150');
const classification = await classify();
const detected = await detect();
const time = measureTime(
  topicsOf(clinc, intentsOf(clinc).slice(0, 20), 20, 1),
  testRows(clinc).map(({ text }) => text),
  table,
);
await encoder?.close();

console.log(`banking77, 77 topics: accuracy on folds 7-9, mean and standard deviation of ${draws} draws of examples`);
console.table(classification);
console.log(`clinc150: topics among the other intents and texts of none, folds 7-9, means of ${draws} draws`);
console.table(detected);
console.log('20 topics x 20 examples, microseconds a text, one thread');
console.table(time);
const results = join(import.meta.dirname, '..', 'results');
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown' };
const tested = { banking77: testRows(banking, most).length, clinc150: testRows(clinc, most).length };
const facts = { machine, draws, tested, table: table.fingerprint, encoder: encoder?.fingerprint };
writeFileSync(
  join(results, 'own-topics.json'),
  `${JSON.stringify({ ...facts, classification, detection: detected, time }, null, 2)}\n`,
);

async function classify() {
  const names = intentsOf(banking);
  const rows = testRows(banking, most);
  const texts = rows.map(({ text }) => text);
  const found: object[] = [{ scorer: 'chance', examples: 0, mean: Number((1 / names.length).toFixed(4)), sd: 0 }];
  for (const examples of EXAMPLES) {
    for (const [scorer, score] of Object.entries(scorers)) {
      const accuracies: number[] = [];
      for (let seed = 1; seed <= draws; seed++)
        accuracies.push(accuracy(names, rows, await score(topicsOf(banking, names, examples, seed), texts)));
      found.push({ scorer, examples, ...spread(accuracies) });
    }
  }
  return found;
}

async function detect() {
  const rows = testRows(clinc, most);
  const texts = rows.map(({ text }) => text);
  const found: object[] = [];
  for (const { topics: count, examples } of SETTINGS) {
    for (const [scorer, score] of Object.entries(scorers)) {
      // The baseline has no thresholds.
      if (scorer === 'nearest mean of hashed features') continue;
      const all: Detection[] = [];
      // One topic alone tells little in a draw.
      for (let seed = 1; seed <= draws * (count === 1 ? 4 : 1); seed++) {
        const names = drawn(intentsOf(clinc), count, seed);
        all.push(detection(names, rows, await score(topicsOf(clinc, names, examples, seed), texts)));
      }
      const means = Object.keys(all[0] ?? {}).map((key) => {
        const figures = all.map((one) => one[key as keyof Detection]);
        return [key, Number(spread(figures).mean.toFixed(3))] as const;
      });
      found.push({ scorer, topics: count, examples, ...Object.fromEntries(means) });
    }
  }
  return found;
}
