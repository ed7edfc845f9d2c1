// What a sentence encoder in its thread costs: the start, milliseconds a text by length, how long the process's own event loop is kept, memory.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createTransformersEmbedder, type SentenceEmbedder } from '../src/embedding/index.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: '../shared/models' },
    model: { type: 'string', multiple: true, default: ['all-MiniLM-L6-v2', 'bge-small-en-v1.5'] },
    rounds: { type: 'string', default: '15' },
  },
});

const SENTENCE =
  'Which of the following best explains why the second derivative of a function tells how its graph curves at a point and not only where its slope is zero';
const WORDS = [20, 100, 400] as const;
const BODY = JSON.stringify({ text: SENTENCE.repeat(14) });

interface Spread {
  readonly min: number;
  readonly median: number;
}

const rows = [];
for (const model of options.model) rows.push(await measure(model));
console.table(rows.map(({ textMs, ...rest }) => ({ ...rest, ...textMs })));
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'encoder.json'), `${JSON.stringify({ rounds: Number(options.rounds), rows }, null, 2)}\n`);

async function measure(model: string) {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const embedder = await createTransformersEmbedder({ model: join(options.models, model), deadlineMs: 60_000 });
  const startMs = Math.round(performance.now() - started);
  const idleGapMs = await longestGap(() => pause(1_000));
  const textMs: Record<string, string> = {};
  const gapMs = await longestGap(async () => {
    for (const words of WORDS) {
      const { min, median } = await textsOf(embedder, words);
      textMs[`${words} words, ms (min / median)`] = `${min.toFixed(1)} / ${median.toFixed(1)}`;
    }
  });
  const rssMiB = Math.round((process.memoryUsage.rss() - before) / 2 ** 20);
  await embedder.close();
  return { model: basename(model), startMs, textMs, gapMs, idleGapMs, rssMiB, parse2KiBMs: parseMs() };
}

async function textsOf(embedder: SentenceEmbedder, words: number): Promise<Spread> {
  const all = SENTENCE.split(' ');
  const times: number[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    // Another text each time.
    const text = Array.from({ length: words }, (_, i) => all[(i * 7 + round) % all.length]).join(' ');
    const from = performance.now();
    const embedding = await embedder.embed(text);
    if (embedding.kind === 'absent') throw new Error(embedding.why);
    times.push(performance.now() - from);
  }
  return spreadOf(times);
}

/** In ms, of the main thread; other processes on the machine are in it. */
async function longestGap(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return Math.round(delay.max / 1e5) / 10;
}

/** The yardstick that travels: JSON.parse of a body with 2 KiB of text. */
function parseMs(): number {
  const times = Array.from({ length: 2_000 }, () => {
    const from = performance.now();
    JSON.parse(BODY);
    return performance.now() - from;
  });
  return Number(spreadOf(times).median.toPrecision(2));
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}
