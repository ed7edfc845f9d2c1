// Scores against labels: precision, recall and F1 of each topic, what was taken for what, and thresholds that would do better.
import type { OwnTopic } from '../../workload/index.ts';
import type { Labelled } from './labelled.ts';

export interface TopicFigures {
  readonly name: string;
  readonly threshold: number;
  /** Texts that are of the topic by their label. */
  readonly labelled: number;
  /** Texts with a score of at least 0.5. */
  readonly found: number;
  readonly right: number;
  /** 1 where nothing was found; recall 1 where nothing is labelled. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** A threshold with a better F1 on these texts, and that F1; undefined: none that is much better. */
  readonly better: { readonly threshold: number; readonly f1: number } | undefined;
}

export interface Confusion {
  readonly label: string | null;
  /** The topic with the highest score, null where all are below 0.5. */
  readonly taken: string | null;
  readonly count: number;
  readonly texts: readonly string[];
}

export interface Evaluation {
  readonly texts: number;
  /** Share of the texts whose best topic (or none) is their label. */
  readonly accuracy: number;
  readonly topics: readonly TopicFigures[];
  /** Most frequent first. */
  readonly confusions: readonly Confusion[];
}

const HALF = 0.5;
const SHOWN_TEXTS = 3;
/** A threshold is proposed from so many labelled texts on, and for so much more F1: less is chance. */
const LEAST_LABELLED = 10;
const LEAST_GAIN = 0.02;

/** `scores` by row, in the topics' order. */
export function evaluate(
  topics: readonly OwnTopic[],
  rows: readonly Labelled[],
  scores: readonly Float64Array[],
): Evaluation {
  const nameOf = (t: number): string | null => topics[t]?.name ?? null;
  const confusions = new Map<string, { label: number; taken: number; texts: string[] }>();
  let right = 0;
  for (const [i, { text, topic: label }] of rows.entries()) {
    const taken = bestOf(scores[i] ?? new Float64Array());
    if (taken === label) right++;
    else {
      const key = `${label} ${taken}`;
      const pair = confusions.get(key) ?? { label, taken, texts: [] };
      pair.texts.push(text);
      confusions.set(key, pair);
    }
  }
  return {
    texts: rows.length,
    accuracy: ratio(right, rows.length),
    topics: topics.map((topic, t) =>
      figuresOf(
        topic,
        rows.map((row, i) => [scores[i]?.[t] ?? 0, row.topic === t]),
      ),
    ),
    confusions: [...confusions.values()]
      .toSorted((a, b) => b.texts.length - a.texts.length)
      .map(({ label, taken, texts }) => ({
        label: nameOf(label),
        taken: nameOf(taken),
        count: texts.length,
        texts: texts.slice(0, SHOWN_TEXTS),
      })),
  };
}

/** The topic with the highest score of at least 0.5, -1: none. */
export function bestOf(scores: Float64Array): number {
  let best = -1;
  for (const [t, score] of scores.entries()) if (score >= (best < 0 ? HALF : (scores[best] ?? 0))) best = t;
  return best;
}

type Scored = readonly [score: number, isOf: boolean];

function figuresOf({ name, threshold }: OwnTopic, scored: readonly Scored[]): TopicFigures {
  const labelled = scored.filter(([, isOf]) => isOf).length;
  const found = scored.filter(([score]) => score >= HALF);
  const right = found.filter(([, isOf]) => isOf).length;
  const f1 = f1Of(right, found.length, labelled);
  const best = labelled < LEAST_LABELLED ? undefined : bestCut(scored, labelled);
  const moved = best === undefined ? threshold : movedTo(threshold, best.cut);
  return {
    name,
    threshold,
    labelled,
    found: found.length,
    right,
    precision: ratio(right, found.length),
    recall: ratio(right, labelled),
    f1,
    better:
      best !== undefined && best.f1 >= f1 + LEAST_GAIN && moved !== threshold
        ? { threshold: moved, f1: best.f1 }
        : undefined,
  };
}

/** The score from which on to say yes, half-way (in log odds) to the next text's below, for the best F1. */
function bestCut(scored: readonly Scored[], labelled: number): { readonly cut: number; readonly f1: number } {
  const sorted = scored.toSorted(([a], [b]) => b - a);
  let right = 0;
  let best = { cut: 1, f1: 0 };
  for (const [i, [score, isOf]] of sorted.entries()) {
    if (isOf) right++;
    const below = sorted[i + 1]?.[0] ?? 0;
    const f1 = f1Of(right, i + 1, labelled);
    // Texts of the same score cannot be told apart.
    if (below < score && f1 > best.f1) best = { cut: sigmoid((logOdds(score) + logOdds(below)) / 2), f1 };
  }
  return best;
}

/** The threshold with which `cut` would have been 0.5. */
function movedTo(threshold: number, cut: number): number {
  const moved = sigmoid(logOdds(threshold) + logOdds(cut));
  return Math.min(0.99, Math.max(0.01, Number(moved.toFixed(2))));
}

function logOdds(p: number): number {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, p));
  return Math.log(inside / (1 - inside));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function f1Of(right: number, found: number, labelled: number): number {
  return found + labelled === 0 ? 1 : (2 * right) / (found + labelled);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
