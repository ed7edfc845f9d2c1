// What understanding a request's text costs: embed + classify beside JSON.parse and SHA-256 of the same body, in one run.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStaticEmbedder } from '../src/embedding/index.ts';
import { loadTopicClassifier } from '../src/workload/topic.ts';
import { loadLabelled } from './train/topic-data.ts';

const { values: options } = parseArgs({ options: { data: { type: 'string', default: '../shared/data' } } });

/** `batch` texts are timed together and each has its own words, so that neither the timer nor the branch predictor decides. */
const SIZES = [
  { words: 20, batch: 200, rounds: 101 },
  { words: 400, batch: 20, rounds: 101 },
  { words: 200_000, batch: 1, rounds: 51 },
] as const;
const WARM_UP_ROUNDS = 20;

const embedder = createStaticEmbedder();
const classifier = loadTopicClassifier();
/** Test folds: text that the weights have not seen. */
const words = loadLabelled(options.data)
  .filter(({ set, fold }) => set === 'mmlu_pro' && fold >= 7)
  .flatMap(({ text }) => text.split(/(?<=\s)(?=\S)/));

function bodyOf(start: number, count: number): string {
  const picked: string[] = [];
  for (let i = 0; i < count; i++) picked.push(words[(start + i) % words.length] ?? '');
  return JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: picked.join('') }] });
}

function contentOf(body: string): string {
  const parsed: { readonly messages: readonly { readonly content: string }[] } = JSON.parse(body);
  return parsed.messages[0]?.content ?? '';
}

interface Row {
  readonly words: number;
  readonly step: string;
  readonly bytes: number;
  /** Microseconds a text over the rounds. */
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

const rows: Row[] = [];
let sink = 0;
for (const { words: count, batch, rounds } of SIZES) {
  const bodies = Array.from({ length: batch }, (_, i) => bodyOf(i * count, count));
  const texts = bodies.map(contentOf);
  const bytes = bodies.map((body) => Buffer.from(body));
  const steps: Readonly<Record<string, () => void>> = {
    embed: () => {
      for (const text of texts) sink += embedder.embed(text).length;
    },
    'embed + classify': () => {
      for (const text of texts) sink += classifier.classify(embedder.embed(text)).confidence;
    },
    'JSON.parse': () => {
      for (const body of bodies) sink += contentOf(body).length;
    },
    'SHA-256': () => {
      for (const body of bytes) sink += createHash('sha256').update(body).digest()[0] ?? 0;
    },
  };
  const times = new Map<string, number[]>(Object.keys(steps).map((step) => [step, []]));
  // Steps take turns, so that a busy moment of the machine falls on all of them.
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [step, run] of Object.entries(steps)) {
      const start = process.hrtime.bigint();
      run();
      if (round >= 0) times.get(step)?.push(Number(process.hrtime.bigint() - start) / 1_000 / batch);
    }
  }
  const meanBytes = bytes.reduce((sum, body) => sum + body.length, 0) / batch;
  for (const [step, all] of times) {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (quantile: number): number =>
      Number((sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0).toFixed(2));
    rows.push({ words: count, step, bytes: Math.round(meanBytes), p10: at(0.1), median: at(0.5), p90: at(0.9) });
  }
}
if (Number.isNaN(sink)) throw new Error('a step returned no number');

console.log('microseconds per text, one thread');
console.table(rows);
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown' };
writeFileSync(join(results, 'understand.json'), `${JSON.stringify({ unit: 'us', machine, rows }, null, 2)}\n`);
