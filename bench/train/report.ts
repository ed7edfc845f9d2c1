// What the heads are worth: on the held-back folds, where choices are made, and on the test folds, where nothing is.
import type { Classifier } from '../../src/workload/classifier.ts';
import { type Head, HEADS, OFFSETS, COLUMNS } from '../../src/workload/heads.ts';
import { type Reading, readingOf } from '../../src/workload/posteriors.ts';
import { GROUP_OF, groupProbabilities, TOPICS } from '../../src/workload/topics.ts';
import type { ClassifierModel } from '../../src/workload/classifier-asset.ts';
import { auroc, type Bin, calibrationError, rankCorrelation, reliability } from './calibration.ts';
import type { Example } from './examples.ts';
import { teaches } from './head-training.ts';
import { type Judged, marginOf } from './judging.ts';
import { classesIn, type Label } from './softmax.ts';

/** One text, and what a reading said of it. */
export interface Row {
  readonly example: Example;
  readonly reading: Reading;
}

export interface SetScore {
  readonly rows: number;
  /** The largest class is (one of) the right. Topics: argmax without unknown for rows that have a topic. */
  readonly accuracy: number;
  readonly ece: number;
  /** Share of the most frequent class: what knowing nothing gives. */
  readonly majority: number;
}

export interface TopicScore extends SetScore {
  readonly groupAccuracy: number;
  readonly unknownShare: number;
}

export interface HeadReport {
  readonly topic: Readonly<Record<string, TopicScore>>;
  readonly topicRecall: Readonly<
    Record<string, { readonly rows: number; readonly recall: number; readonly precision: number }>
  >;
  /** p(unknown) of rows of no topic against rows of some. */
  readonly outside: Readonly<Record<string, number>>;
  /** Largest of all columns with unknown among them: all rows. */
  readonly topicAll: SetScore;
  readonly task: Readonly<Record<string, SetScore>>;
  readonly taskRecall: Readonly<Record<string, { readonly rows: number; readonly recall: number }>>;
  readonly feedback: Readonly<Record<string, SetScore>>;
  readonly feedbackRecall: Readonly<Record<string, { readonly rows: number; readonly recall: number }>>;
  readonly facts: Readonly<
    Record<string, { readonly rows: number; readonly auroc: number; readonly ece: number; readonly accuracy: number }>
  >;
  readonly difficulty: Readonly<
    Record<string, { readonly rows: number; readonly auroc: number; readonly ece: number; readonly rank: number }>
  >;
  readonly reliability: Readonly<Record<Head, readonly Bin[]>>;
}

/** `judged` head by head: a row's other heads are not asked. */
export function reportHeldBack(
  judged: Readonly<Record<Head, readonly Judged[]>>,
  fitted: Pick<ClassifierModel, Head>,
): Omit<HeadReport, 'reliability'> {
  const rowsOf = (head: Head): Row[] =>
    judged[head].map(({ example, logits, features }) => {
      const columns = new Float64Array(Math.max(COLUMNS.whole, COLUMNS.ends));
      columns.set(HEADS[head].length === 1 ? [marginOf(logits)] : logits, OFFSETS[head]);
      return { example, reading: readingOf(fitted, { columns, features }, () => ({ columns, features })) };
    });
  const { reliability: _, ...report } = reportRows(rowsOf);
  return report;
}

export function reportTest(classifier: Classifier, examples: readonly Example[]): HeadReport {
  return reportRows(readTest(classifier, examples));
}

/** Of the test folds, by head. */
export function readTest(classifier: Classifier, examples: readonly Example[]): (head: Head) => readonly Row[] {
  const rows = examples
    .filter(({ fold, isVariant }) => fold > 6 && !isVariant)
    .map((example) => ({ example, reading: classifier.read(example.text) }));
  return (head) => rows.filter(({ example }) => teaches(head, example));
}

/** What every head says, row by row; facts and difficulty with the share of what they give a probability of. */
export function judgeRows(rowsOf: (head: Head) => readonly Row[]) {
  const shareRow = (head: 'facts' | 'difficulty', p: (reading: Reading) => number) =>
    rowsOf(head).map(({ example, reading }) => {
      const label = example.labels[head];
      return { set: example.set, share: head === 'facts' ? Number(label) : shareOf(label), p: p(reading) };
    });
  return {
    topic: rowsOf('topic').map(({ example, reading }) => topicRow(example, reading)),
    task: rowsOf('task').map(({ example, reading }) => judge(example, 'task', reading.task())),
    feedback: rowsOf('feedback').map(({ example, reading }) => judge(example, 'feedback', reading.feedback())),
    facts: shareRow('facts', (reading) => reading.asksFacts()),
    difficulty: shareRow('difficulty', (reading) => reading.difficulty()),
  };
}

export function reportRows(rowsOf: (head: Head) => readonly Row[]): HeadReport {
  const { topic: topics, task: tasks, feedback, facts, difficulty: hard } = judgeRows(rowsOf);
  const inside = topics.filter(({ isOutside }) => !isOutside);
  const outside = topics.filter(({ isOutside }) => isOutside);
  const unknowns = (rows: readonly TopicRow[]): number[] => rows.map(({ unknown }) => unknown);
  const asJudged = (row: { p: number; share: number }): { confidence: number; correct: number } => ({
    confidence: row.p,
    correct: row.share,
  });
  return {
    topic: bySet(inside, (rows) => ({
      ...scoreOf(rows),
      groupAccuracy: share(rows, (row) => row.groupIsRight),
      unknownShare: share(rows, (row) => row.isUnknown),
    })),
    topicRecall: recallOf(inside, TOPICS),
    outside: Object.fromEntries(
      ['clinc150', 'banking77', 'seeds'].flatMap((set) => {
        const own = outside.filter((row) => row.set === set);
        const against = (kinds: readonly string[]): number =>
          auroc(unknowns(own), unknowns(inside.filter(({ kind }) => kinds.includes(kind))));
        if (own.length === 0) return [];
        return [
          [`${set} against all`, against(['exam', 'chat'])],
          [`${set} against chat`, against(['chat'])],
          [`${set} called unknown`, share(own, (row) => row.isUnknown)],
        ];
      }),
    ),
    topicAll: scoreOf(topics.map((row) => ({ ...row, ...row.all }))),
    task: bySet(tasks, scoreOf),
    taskRecall: recallOf(tasks, HEADS.task),
    feedback: bySet(feedback, scoreOf),
    feedbackRecall: recallOf(feedback, HEADS.feedback),
    facts: bySet(facts, (rows) => ({
      rows: rows.length,
      auroc: auroc(
        rows.filter(({ share: s }) => s > 0.5).map(({ p }) => p),
        rows.filter(({ share: s }) => s <= 0.5).map(({ p }) => p),
      ),
      ece: calibrationError(rows.map(asJudged)),
      accuracy: share(rows, ({ p, share: s }) => p > 0.5 === s > 0.5),
    })),
    difficulty: bySet(hard, (rows) => ({
      rows: rows.length,
      auroc: auroc(
        rows.filter(({ share: s }) => s > 0.5).map(({ p }) => p),
        rows.filter(({ share: s }) => s < 0.5).map(({ p }) => p),
      ),
      ece: calibrationError(rows.map(asJudged)),
      rank: rankCorrelation(
        rows.map(({ p }) => p),
        rows.map(({ share: s }) => s),
      ),
    })),
    reliability: {
      topic: reliability(topics.map(({ all }) => all)),
      task: reliability(tasks),
      feedback: reliability(feedback),
      facts: reliability(facts.map(asJudged)),
      difficulty: reliability(hard.map(asJudged)),
    },
  };
}

interface JudgedRow {
  readonly set: string;
  readonly kind: string;
  readonly labels: readonly number[];
  readonly called: number;
  readonly confidence: number;
  readonly correct: boolean;
}

interface TopicRow extends JudgedRow {
  readonly isOutside: boolean;
  readonly isUnknown: boolean;
  readonly unknown: number;
  readonly groupIsRight: boolean;
  /** With unknown among what it may be called. */
  readonly all: { readonly confidence: number; readonly correct: boolean };
}

function judge(
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

function topicRow(example: Example, reading: Reading): TopicRow {
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

function scoreOf(rows: readonly JudgedRow[]): SetScore {
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

function recallOf(
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

function bySet<T extends { readonly set: string }, U>(
  rows: readonly T[],
  score: (rows: readonly T[]) => U,
): Record<string, U> {
  const sets = [...new Set(rows.map(({ set }) => set))];
  return Object.fromEntries([
    ...sets.map((set) => [set, score(rows.filter((row) => row.set === set))] as const),
    ['all', score(rows)] as const,
  ]);
}

function shareOf(label: Label | undefined): number {
  return typeof label === 'object' && 'share' in label ? label.share : 0;
}

function share<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  return rows.length === 0 ? 0 : rows.filter(holds).length / rows.length;
}
