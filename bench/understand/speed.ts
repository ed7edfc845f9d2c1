// Microseconds from a text to all that the heads say of it, by size, beside JSON.parse and SHA-256 of the same body; load time and memory.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createPlainReader,
  createStaticEmbedder,
  loadWordpieceTable,
  openWordpieceTable,
} from '../../src/embedding/index.ts';
import { type Classifier, createClassifier } from '../../src/workload/classifier.ts';
import { loadClassifier } from '../../src/workload/load-classifier.ts';
import { measureLoad } from './load.ts';
import { byFold } from './tasks.ts';
import { quantiles, type Times, timeSteps } from './timing.ts';
import type { PartOptions, PartResult } from './types.ts';

/**
 * `batch` texts are timed together and each has its own words, so that neither the timer nor the branch predictor decides.
 * `units` cuts the text to that many characters.
 */
const SIZES = [
  { name: '20 words', words: 20, units: Infinity, batch: 200, rounds: 301 },
  { name: '2 KiB', words: 500, units: 2_048, batch: 20, rounds: 301 },
  { name: '400 words', words: 400, units: Infinity, batch: 20, rounds: 301 },
  { name: '200,000 words', words: 200_000, units: Infinity, batch: 1, rounds: 51 },
] as const;
const COLD_ROUNDS = 51;
const ALL = 'hashed + table + all heads';
const PARSE = 'JSON.parse';

/** The least of the rounds decides, each the mean of a batch: what else runs on a machine only ever adds. */
export async function measureSpeed({ data, say }: PartOptions): Promise<PartResult> {
  const load = await measureLoad();
  const embedder = createStaticEmbedder();
  const table = loadWordpieceTable();
  const classifier = loadClassifier();
  /** Read through between two texts, it leaves nothing of the classifier in the processor's own caches. */
  const other = new Uint8Array(8 << 20);
  /** Test folds: text that the weights have not seen. */
  const words = byFold(data, 'mmlu_pro').test.flatMap(({ text }) => text.split(/(?<=\s)(?=\S)/));
  let sink = 0;
  const reading = (by: Classifier, texts: readonly string[]) => (): void => {
    for (const text of texts) sink += readAll(by, text);
  };

  const found = SIZES.map(({ name, words: count, units, batch, rounds }) => {
    say(`speed: ${name}`);
    const bodies = Array.from({ length: batch }, (_, i) => bodyOf(words, i * count, count, units));
    const texts = bodies.map(contentOf);
    const bytes = bodies.map((body) => Buffer.from(body));
    const times = new Map<string, Omit<Times, 'cpu'>>(
      timeSteps(
        {
          [ALL]: reading(classifier, texts),
          'topic alone': () => {
            for (const text of texts) sink += classifier.read(text).topic().confidence;
          },
          'hashed features alone': () => {
            for (const text of texts) sink += embedder.embed(text).length;
          },
          'table alone': () => {
            for (const text of texts) sink += table.read(text)[0] ?? 0;
          },
          [PARSE]: () => {
            for (const body of bodies) sink += contentOf(body).length;
          },
          'SHA-256': () => {
            for (const body of bytes) sink += createHash('sha256').update(body).digest()[0] ?? 0;
          },
        },
        { batch, rounds },
      ),
    );
    times.set('all, caches cold', quantiles(Array.from({ length: COLD_ROUNDS }, (_, i) => coldTime(texts[i % batch]))));
    const bodyBytes = Math.round(bytes.reduce((sum, body) => sum + body.length, 0) / batch);
    return { name, texts, batch, rounds, bodyBytes, times };
  });
  // Last: with two engines in one process, the code between them and the heads is compiled for both and slower for either.
  const plain = plainClassifier();
  for (const { texts, times, ...rounds } of found)
    for (const [step, all] of timeSteps({ 'all, plain JavaScript': reading(plain, texts) }, rounds))
      times.set(step, all);

  const rows = found.flatMap(({ name, bodyBytes, times }) => {
    const ofParse = times.get(PARSE)?.min ?? 0;
    return [...times].map(([step, time]) => ({
      text: name,
      bodyBytes,
      step,
      ...time,
      ofParse: Number((time.min / ofParse).toFixed(1)),
    }));
  });
  const figures = Object.fromEntries(
    found.map(({ name, times }) => [`us, ${name}`, times.get(ALL)?.min ?? Number.NaN]),
  );
  if (Number.isNaN(sink)) throw new Error('a step returned no number');
  return {
    tables: [
      { title: 'Microseconds a text, one thread; "ofParse": the least over that of JSON.parse', rows },
      { title: 'Loading', rows: load },
    ],
    figures,
    facts: { classifier: classifier.fingerprint, table: table.fingerprint, engine: table.engine },
  };

  /** One text with the processor's caches full of something else, as between two requests of a busy process at worst. */
  function coldTime(text = ''): number {
    for (let i = 0; i < other.length; i += 64) other[i] = (other[i] ?? 0) + 1;
    const start = process.hrtime.bigint();
    sink += readAll(classifier, text);
    return Number(process.hrtime.bigint() - start) / 1_000;
  }
}

function readAll(classifier: Classifier, text: string): number {
  const reading = classifier.read(text);
  const classes = reading.topic().confidence + reading.task().confidence + reading.feedback().confidence;
  return classes + reading.difficulty() + reading.asksFacts();
}

function plainClassifier(): Classifier {
  const asset = (path: string): Uint8Array => readFileSync(new URL(`../../src/${path}`, import.meta.url));
  const table = openWordpieceTable(asset('embedding/assets/wordpieces.bin'), createPlainReader);
  return createClassifier(asset('workload/assets/classifier.bin'), table);
}

function bodyOf(words: readonly string[], start: number, count: number, units: number): string {
  const picked: string[] = [];
  for (let i = 0; i < count; i++) picked.push(words[(start + i) % words.length] ?? '');
  const content = picked.join('').slice(0, units);
  return JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content }] });
}

function contentOf(body: string): string {
  const parsed: { readonly messages: readonly { readonly content: string }[] } = JSON.parse(body);
  return parsed.messages[0]?.content ?? '';
}
