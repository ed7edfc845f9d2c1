// The last number of a training run: the demo's prompts, which nothing was trained or tuned on. Read only when all else is fixed.
import { existsSync, readFileSync } from 'node:fs';
import type { TopicPosterior } from '../../src/workload/posteriors.ts';
import { groupProbabilities, TOPIC_GROUPS } from '../../src/workload/topics.ts';
import { calibrationError } from './calibration.ts';
import { SEEDS } from './seed-prompts.ts';

export interface DemoReport {
  readonly rows: number;
  /** Prompts that a seed repeats word for word (counted, and kept): independent writers may still choose the same question. */
  readonly sameAsSeed: number;
  /** Argmax among the 14 groups, whatever p(unknown). */
  readonly accuracy: number;
  readonly eceKnown: number;
  readonly unknownShare: number;
  readonly recall: Readonly<Record<string, { readonly rows: number; readonly recall: number }>>;
}

interface DemoRow {
  readonly topic: string;
  readonly prompt: string;
}

/** Nothing if there is no such file. */
export function reportDemo(path: string, posterior: (text: string) => TopicPosterior): DemoReport | undefined {
  if (!existsSync(path)) return undefined;
  const seeds = new Set(SEEDS.map(({ text }) => wordsOf(text)));
  const rows = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { topic, prompt }: DemoRow = JSON.parse(line);
      const groups = groupProbabilities(posterior(prompt).probabilities);
      const known = groups.subarray(0, TOPIC_GROUPS.length);
      const best = Math.max(...known);
      return {
        topic,
        confidence: best / known.reduce((sum, p) => sum + p, 0),
        correct: TOPIC_GROUPS[known.indexOf(best)] === topic,
        unknown: (groups[TOPIC_GROUPS.length] ?? 0) > best,
        isSeed: seeds.has(wordsOf(prompt)),
      };
    });
  const shareOf = (some: readonly unknown[], all: readonly unknown[] = rows): number =>
    all.length === 0 ? 0 : some.length / all.length;
  return {
    rows: rows.length,
    sameAsSeed: rows.filter(({ isSeed }) => isSeed).length,
    accuracy: shareOf(rows.filter(({ correct }) => correct)),
    eceKnown: calibrationError(rows),
    unknownShare: shareOf(rows.filter(({ unknown }) => unknown)),
    recall: Object.fromEntries(
      TOPIC_GROUPS.map((topic) => {
        const own = rows.filter((row) => row.topic === topic);
        const right = own.filter(({ correct }) => correct);
        return [topic, { rows: own.length, recall: shareOf(right, own) }];
      }),
    ),
  };
}

function wordsOf(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}
