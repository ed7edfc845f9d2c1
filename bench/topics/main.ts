// Topics of one's own on intents that nothing was tuned on: accuracy by number of examples, detection among everything else, time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadWordpieceTable } from '../../src/embedding/index.ts';
import { numberOption } from '../support/number-option.ts';
import { intentsOf, loadIntents, testRows, topicsOf } from './data.ts';
import { classify, detect, openEncoder, scorersOf } from './measure.ts';
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

const table = loadWordpieceTable();
const encoder = await openEncoder(options.encoder);
const scorers = scorersOf(table, encoder, options.encoder);
const banking = loadIntents(options.data, 'banking77');
const clinc = loadIntents(options.data, 'clinc150');
const [bankingTest, clincTest] = [testRows(banking, most), testRows(clinc, most)];
const classification = await classify(scorers, banking, bankingTest, { draws, counts: EXAMPLES });
const detected = await detect(scorers, clinc, clincTest, draws);
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
const tested = { banking77: bankingTest.length, clinc150: clincTest.length };
const facts = { machine, draws, tested, table: table.fingerprint, encoder: encoder?.fingerprint };
writeFileSync(
  join(results, 'own-topics.json'),
  `${JSON.stringify({ ...facts, classification, detection: detected, time }, null, 2)}\n`,
);
