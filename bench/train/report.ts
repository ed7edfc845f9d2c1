// What the heads are worth: on the held-back folds, where choices are made, and on the test folds, where nothing is.
import type { Classifier } from '../../src/workload/classifier.ts';
import { type Head, HEADS, OFFSETS, COLUMNS } from '../../src/workload/heads.ts';
import { type Reading, readingOf } from '../../src/workload/posteriors.ts';
import { TOPICS } from '../../src/workload/topics.ts';
import type { ClassifierModel } from '../../src/workload/classifier-asset.ts';
import { auroc, type Bin, calibrationError, rankCorrelation, reliability } from './calibration.ts';
import type { Example } from './examples.ts';
import { teaches } from './head-training.ts';
import { bySet, judge, recallOf, scoreOf, share, type SetScore, topicRow, type TopicRow } from './judged-rows.ts';
import { type Judged, marginOf } from './judging.ts';
import type { Label } from './softmax.ts';

/** One text, and what a reading said of it. */
export interface Row {
  readonly example: Example;
  readonly reading: Reading;
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

function shareOf(label: Label | undefined): number {
  return typeof label === 'object' && 'share' in label ? label.share : 0;
}
