// What understanding a request's text costs: text -> topic beside JSON.parse and SHA-256 of the same body, in one run.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPlainSums } from '../src/embedding/index.ts';
import { type Classifier, createClassifier, loadClassifier } from '../src/workload/classifier.ts';
import { loadSources } from './train/sources.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    /** A checkout of a release with `topic.ts`, to measure in the same run. */
    before: { type: 'string' },
  },
});

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
const WARM_UP_ROUNDS = 20;

interface Row {
  readonly text: string;
  readonly step: string;
  readonly bytes: number;
  /** Microseconds a text over the rounds, by the wall clock. */
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  /** Microseconds of processor time a text, mean over all rounds: what other processes take from the clock is not in it. */
  readonly cpu?: number;
}

const load = await measureLoad();
const { classifier } = load;
const plain = createClassifier(readAsset(), createPlainSums);
const old = options.before === undefined ? undefined : await loadBefore(options.before);
/** Test folds: text that the weights have not seen. */
const words = loadSources(options.data)
  .filter(({ set, fold }) => set === 'mmlu_pro' && fold >= 7)
  .flatMap(({ text }) => text.split(/(?<=\s)(?=\S)/));
/** Read through between two texts, it leaves nothing of the classifier in the processor's own caches. */
const other = new Uint8Array(8 << 20);

let sink = 0;
const rows = SIZES.flatMap(measure);
if (Number.isNaN(sink)) throw new Error('a step returned no number');

console.log('microseconds per text, one thread');
console.table(rows);
console.log(load.facts);
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown' };
writeFileSync(
  join(results, 'understand.json'),
  `${JSON.stringify({ unit: 'us', machine, load: load.facts, rows }, null, 2)}\n`,
);

function measure({ name, words: count, units, batch, rounds }: (typeof SIZES)[number]): Row[] {
  const bodies = Array.from({ length: batch }, (_, i) => bodyOf(i * count, count, units));
  const texts = bodies.map(contentOf);
  const bytes = bodies.map((body) => Buffer.from(body));
  const steps: Record<string, () => void> = {
    'topic (WebAssembly)': () => {
      for (const text of texts) sink += classifier.read(text).topic().confidence;
    },
    'all heads (WebAssembly)': () => {
      for (const text of texts) {
        const reading = classifier.read(text);
        sink += reading.topic().confidence + reading.task().confidence + reading.feedback().confidence;
        sink += reading.difficulty() + reading.asksFacts();
      }
    },
    'topic (plain)': () => {
      for (const text of texts) sink += plain.read(text).topic().confidence;
    },
    'JSON.parse': () => {
      for (const body of bodies) sink += contentOf(body).length;
    },
    'SHA-256': () => {
      for (const body of bytes) sink += createHash('sha256').update(body).digest()[0] ?? 0;
    },
  };
  if (old !== undefined) {
    steps['topic (before)'] = () => {
      for (const text of texts) sink += old(text);
    };
  }
  const times = new Map<string, number[]>(Object.keys(steps).map((step) => [step, []]));
  const processor = new Map<string, number>(Object.keys(steps).map((step) => [step, 0]));
  // Steps take turns, so that a busy moment of the machine falls on all of them.
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [step, run] of Object.entries(steps)) {
      const used = process.cpuUsage();
      const start = process.hrtime.bigint();
      run();
      if (round < 0) continue;
      times.get(step)?.push(Number(process.hrtime.bigint() - start) / 1_000 / batch);
      const { user, system } = process.cpuUsage(used);
      processor.set(step, (processor.get(step) ?? 0) + (user + system) / rounds / batch);
    }
  }
  const cold = Array.from({ length: 51 }, (_, i) => coldTime(texts[i % batch] ?? ''));
  const meanBytes = Math.round(bytes.reduce((sum, body) => sum + body.length, 0) / batch);
  return [
    ...[...times].map(([step, all]) => toRow(name, step, meanBytes, all, processor.get(step) ?? 0)),
    toRow(name, 'topic (WebAssembly), caches cold', meanBytes, cold),
  ];
}

/** One text with the processor's caches full of something else, as between two requests of a busy process at worst. */
function coldTime(text: string): number {
  for (let i = 0; i < other.length; i += 64) other[i] = (other[i] ?? 0) + 1;
  const start = process.hrtime.bigint();
  sink += classifier.read(text).topic().confidence;
  return Number(process.hrtime.bigint() - start) / 1_000;
}

function toRow(text: string, step: string, bytes: number, times: readonly number[], cpu?: number): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (quantile: number): number => Number((sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0).toFixed(2));
  const row = { text, step, bytes, min: at(0), median: at(0.5), p90: at(0.9) };
  return cpu === undefined ? row : { ...row, cpu: Number(cpu.toFixed(2)) };
}

function bodyOf(start: number, count: number, units: number): string {
  const picked: string[] = [];
  for (let i = 0; i < count; i++) picked.push(words[(start + i) % words.length] ?? '');
  const content = picked.join('').slice(0, units);
  return JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content }] });
}

function contentOf(body: string): string {
  const parsed: { readonly messages: readonly { readonly content: string }[] } = JSON.parse(body);
  return parsed.messages[0]?.content ?? '';
}

/** The first load of the process, with code that was never run, and a later one; what stays in memory after the first. */
async function measureLoad() {
  const timed = (): [number, Classifier] => {
    const start = performance.now();
    const loaded = loadClassifier();
    return [Number((performance.now() - start).toFixed(2)), loaded];
  };
  const before = await retainedBytes();
  const [firstMs, first] = timed();
  const retainedKiB = Math.round(((await retainedBytes()) - before) / 1_024);
  const againMs = Math.min(...Array.from({ length: 9 }, () => timed()[0]));
  return { classifier: first, facts: { firstMs, againMs, retainedKiB } };
}

/** Heap, and memory outside of it (WebAssembly's among it), after collections. */
async function retainedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // What is freed outside of the heap is counted only later.
  for (let i = 0; i < 3; i++) {
    collect();
    await delay(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function readAsset(): Uint8Array {
  return readFileSync(new URL('../src/workload/assets/classifier.bin', import.meta.url));
}

async function loadBefore(checkout: string): Promise<(text: string) => number> {
  const from = (path: string): string => pathToFileURL(resolve(checkout, path)).href;
  const topic = await import(from('src/workload/topic.ts'));
  const classifierBefore = topic.loadTopicClassifier();
  return (text) => classifierBefore.classifyText(text).confidence;
}
