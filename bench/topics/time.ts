// What scoring a text by own topics takes, beside reading its features and table and parsing its request, in turns.
import { createStaticEmbedder, type WordpieceTable } from '../../src/embedding/index.ts';
import { createStaticTopicMatcher, type OwnTopic } from '../../src/workload/index.ts';

const BATCH = 100;
const ROUNDS = 301;
const WARM_UP_ROUNDS = 50;

/** Microseconds: of a text of so many words the least and the median of rounds; of building the matcher once it is warm. */
export function measureTime(topics: readonly OwnTopic[], texts: readonly string[], table: WordpieceTable): object[] {
  const matcher = createStaticTopicMatcher(topics, table);
  const embedder = createStaticEmbedder();
  const words = texts.join(' ').split(' ');
  let sink = 0;
  const rows = [20, 400].flatMap((count) => {
    const batch = Array.from({ length: BATCH }, (_, i) => words.slice(i * count, (i + 1) * count).join(' '));
    const bodies = batch.map((content) => JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] }));
    const steps: Record<string, () => void> = {
      'hashed features + table': () => {
        for (const text of batch) sink += embedder.embed(text).length + (table.read(text)[0] ?? 0);
      },
      'the same + 20 topics': () => {
        for (const text of batch) sink += matcher.score(text)[0] ?? 0;
      },
      'JSON.parse': () => {
        for (const body of bodies) sink += Object.keys(JSON.parse(body) as object).length;
      },
    };
    const times = new Map<string, number[]>(Object.keys(steps).map((step) => [step, []]));
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const [step, run] of Object.entries(steps)) {
        const start = process.hrtime.bigint();
        run();
        if (round >= 0) times.get(step)?.push(Number(process.hrtime.bigint() - start) / 1_000 / BATCH);
      }
    }
    return [...times].map(([step, all]) => ({ step, words: count, ...leastAndMedian(all) }));
  });
  const builds = Array.from({ length: 9 }, () => {
    const start = performance.now();
    sink += createStaticTopicMatcher(topics, table).names.length;
    return (performance.now() - start) * 1_000;
  });
  if (Number.isNaN(sink)) throw new Error('a step returned no number');
  return [...rows, { step: 'building the matcher', words: 0, ...leastAndMedian(builds) }];
}

function leastAndMedian(values: readonly number[]): { readonly min: number; readonly median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (i: number): number => Number((sorted[i] ?? 0).toFixed(1));
  return { min: at(0), median: at(sorted.length >> 1) };
}
