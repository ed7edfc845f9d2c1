// Rows of texts as they were judged, and what they say together: by set, by class.
import type { Reading } from '../../src/workload/posteriors.ts';
import { GROUP_OF, groupProbabilities, TOPICS } from '../../src/workload/topics.ts';
import { calibrationError } from './calibration.ts';
import type { Example } from './examples.ts';
import type { Head } from '../../src/workload/heads.ts';
import { classesIn } from './softmax.ts';

export interface SetScore {
  readonly rows: number;
  /** The largest class is (one of) the right. Topics: argmax without unknown for rows that have a topic. */
  readonly accuracy: number;
  readonly ece: number;
  /** Share of the most frequent class: what knowing nothing gives. */
  readonly majority: number;
}

export interface JudgedRow {
  readonly set: string;
  readonly kind: string;
  readonly labels: readonly number[];
  readonly called: number;
  readonly confidence: number;
  readonly correct: boolean;
}

export interface TopicRow extends JudgedRow {
  readonly isOutside: boolean;
  readonly isUnknown: boolean;
  readonly unknown: number;
  readonly groupIsRight: boolean;
  /** With unknown among what it may be called. */
  readonly all: { readonly confidence: number; readonly correct: boolean };
}

export function judge(
  example: Example,
  head: Head,
  { confidence, probabilities }: { confidence: number; probabilities: Float32Array },
): JudgedRow {
  const labels = classesIn(example.labels[head]);
  const called = probabilities.indexOf(confidence);
  return {
    set: example.set,
    kind: example.kind,
    labels,
    called,
    confidence,
    correct: labels.includes(called),
  };
}

export function topicRow(example: Example, reading: Reading): TopicRow {
  const { topic, probabilities, confidence } = reading.topic();
  const known = probabilities.subarray(0, TOPICS.length);
  const best = Math.max(...known);
  const called = known.indexOf(best);
  const unknown = probabilities[TOPICS.length] ?? 0;
  const labels = classesIn(example.labels.topic);
  const groups = groupProbabilities(probabilities);
  const wanted = GROUP_OF[labels[0] ?? 0] ?? 0;
  // Small talk and tools share their group with texts of no topic.
  const groupsKnown = wanted === groups.length - 1 ? groups : groups.subarray(0, -1);
  return {
    set: example.set,
    kind: example.kind,
    labels,
    called,
    confidence: best / Math.max(1e-9, 1 - unknown),
    correct: labels.includes(called),
    isOutside: labels.includes(TOPICS.length),
    isUnknown: topic === 'unknown',
    unknown,
    groupIsRight: groupsKnown.indexOf(Math.max(...groupsKnown)) === wanted,
    all: { confidence, correct: labels.includes(probabilities.indexOf(confidence)) },
  };
}

export function scoreOf(rows: readonly JudgedRow[]): SetScore {
  const sizes = new Map<number, number>();
  for (const { labels } of rows)
    if (labels.length === 1) sizes.set(labels[0] ?? 0, (sizes.get(labels[0] ?? 0) ?? 0) + 1);
  // Of rows with several labels, a confidence in one of them says nothing that could be checked.
  const certain = rows.filter(({ labels }) => labels.length === 1);
  return {
    rows: rows.length,
    accuracy: share(rows, ({ correct }) => correct),
    ece: calibrationError(certain),
    majority: Math.max(0, ...sizes.values()) / Math.max(1, certain.length),
  };
}

export function recallOf(
  rows: readonly JudgedRow[],
  names: readonly string[],
): Record<string, { rows: number; recall: number; precision: number }> {
  return Object.fromEntries(
    names.map((name, k) => {
      const own = rows.filter(({ labels }) => labels.length === 1 && labels[0] === k);
      const called = rows.filter((row) => row.called === k);
      return [
        name,
        {
          rows: own.length,
          recall: share(own, ({ correct }) => correct),
          precision: share(called, ({ correct }) => correct),
        },
      ];
    }),
  );
}

export function bySet<T extends { readonly set: string }, U>(
  rows: readonly T[],
  score: (rows: readonly T[]) => U,
): Record<string, U> {
  const sets = [...new Set(rows.map(({ set }) => set))];
  return Object.fromEntries([
    ...sets.map((set) => [set, score(rows.filter((row) => row.set === set))] as const),
    ['all', score(rows)] as const,
  ]);
}

export function share<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  return rows.length === 0 ? 0 : rows.filter(holds).length / rows.length;
}
