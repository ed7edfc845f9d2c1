// Topics of one's own on intents that nothing was tuned on: accuracy by number of examples, and detection among everything else.
import { basename } from 'node:path';
import { createTransformersEmbedder, type SentenceEmbedder, type WordpieceTable } from '../../src/embedding/index.ts';
import { encodedWorkbench, type OwnTopic, staticWorkbench } from '../../src/workload/index.ts';
import { nearestMean } from './baseline.ts';
import { drawn, type IntentText, intentsOf, topicsOf } from './data.ts';
import { accuracy, detection, type Detection, spread } from './figures.ts';

type Scorer = (topics: readonly OwnTopic[], texts: readonly string[]) => Promise<readonly Float64Array[]>;
export type Scorers = Readonly<Record<string, Scorer>>;

const BASELINE = 'nearest mean of hashed features';
const ENCODER_DEADLINE_MS = 60_000;
/** Topics of a policy, and how many examples each has. */
const SETTINGS = [
  { topics: 8, examples: 5 },
  { topics: 8, examples: 10 },
  { topics: 8, examples: 20 },
  { topics: 1, examples: 10 },
];

export interface Classified {
  readonly scorer: string;
  readonly examples: number;
  readonly mean: number;
  readonly sd: number;
}

/** Undefined without a folder. */
export function openEncoder(folder: string | undefined): Promise<SentenceEmbedder | undefined> {
  if (folder === undefined) return Promise.resolve(undefined);
  return createTransformersEmbedder({ model: folder, deadlineMs: ENCODER_DEADLINE_MS });
}

/** The encoder under the name of its folder. */
export function scorersOf(table: WordpieceTable, encoder: SentenceEmbedder | undefined, folder = ''): Scorers {
  return {
    [BASELINE]: (topics, texts) => Promise.resolve(nearestMean(topics, texts)),
    'static, no table': staticWorkbench(undefined).score,
    static: staticWorkbench(table).score,
    ...(encoder !== undefined && { [basename(folder)]: encodedWorkbench(encoder).score }),
  };
}

/** Accuracy among all intents of `all` on `rows`, mean and standard deviation over draws of the examples. */
export async function classify(
  scorers: Scorers,
  all: readonly IntentText[],
  rows: readonly IntentText[],
  { draws, counts }: { readonly draws: number; readonly counts: readonly number[] },
): Promise<readonly Classified[]> {
  const names = intentsOf(all);
  const texts = rows.map(({ text }) => text);
  const found: Classified[] = [{ scorer: 'chance', examples: 0, mean: Number((1 / names.length).toFixed(4)), sd: 0 }];
  for (const examples of counts) {
    for (const [scorer, score] of Object.entries(scorers)) {
      const accuracies: number[] = [];
      for (let seed = 1; seed <= draws; seed++)
        accuracies.push(accuracy(names, rows, await score(topicsOf(all, names, examples, seed), texts)));
      found.push({ scorer, examples, ...spread(accuracies) });
    }
  }
  return found;
}

/** Topics among the other intents of `all` and texts of none. */
export async function detect(
  scorers: Scorers,
  all: readonly IntentText[],
  rows: readonly IntentText[],
  draws: number,
): Promise<readonly object[]> {
  const texts = rows.map(({ text }) => text);
  const found: object[] = [];
  for (const { topics: count, examples } of SETTINGS) {
    for (const [scorer, score] of Object.entries(scorers)) {
      // The baseline has no thresholds.
      if (scorer === BASELINE) continue;
      const detections: Detection[] = [];
      // One topic alone tells little in a draw.
      for (let seed = 1; seed <= draws * (count === 1 ? 4 : 1); seed++) {
        const names = drawn(intentsOf(all), count, seed);
        detections.push(detection(names, rows, await score(topicsOf(all, names, examples, seed), texts)));
      }
      const means = Object.keys(detections[0] ?? {}).map((key) => {
        const figures = detections.map((one) => one[key as keyof Detection]);
        return [key, Number(spread(figures).mean.toFixed(3))] as const;
      });
      found.push({ scorer, topics: count, examples, ...Object.fromEntries(means) });
    }
  }
  return found;
}
