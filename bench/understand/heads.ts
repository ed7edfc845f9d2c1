// The committed heads on the test folds: accuracy beside the majority, calibration, and whether a text of no topic is told from the others.
import { loadClassifier } from '../../src/workload/load-classifier.ts';
import { type Head, HEADS } from '../../src/workload/heads.ts';
import { calibrationError, type Judged, reliability } from '../train/calibration.ts';
import { buildExamples } from '../train/examples.ts';
import { judgeRows, readTest, reportRows } from '../train/report.ts';
import { loadSources, TRAIN_FOLDS } from '../train/sources.ts';
import { four, type Panel, type PartOptions, type PartResult } from './types.ts';

/** One row of one head; `label` and `isRight` are of its largest class, or of the likelier side. */
interface HeadRow extends Judged {
  readonly set: string;
  readonly label: number;
  readonly isRight: boolean;
}

/** Sets of fewer rows say nothing of calibration. */
const MIN_PANEL_ROWS = 200;

export function measureHeads({ data, seed, say }: PartOptions): PartResult {
  say('heads');
  const training: ReadonlySet<number> = new Set(TRAIN_FOLDS);
  const examples = buildExamples(
    loadSources(data).filter(({ fold }) => !training.has(fold)),
    seed,
  );
  const classifier = loadClassifier();
  const read = readTest(classifier, examples);
  const report = reportRows(read);
  const judged = rowsOf(judgeRows(read));
  const rows: object[] = [];
  const panels: Panel[] = [];
  const figures: Record<string, number> = {
    'unknown, AUROC on clinc150': four(report.outside['clinc150 against all'] ?? Number.NaN),
  };
  for (const head of Object.keys(HEADS) as Head[]) {
    const all = judged[head];
    for (const set of [...new Set(all.map((row) => row.set)), 'all']) {
      const own = set === 'all' ? all : all.filter((row) => row.set === set);
      const ece = calibrationError(own);
      const binary = head === 'facts' || head === 'difficulty' ? report[head][set] : undefined;
      const topic = head === 'topic' ? report.topic[set] : undefined;
      rows.push({
        head,
        set,
        rows: own.length,
        accuracy: four(own.filter(({ isRight }) => isRight).length / own.length),
        majority: four(majorityOf(own)),
        ece: four(ece),
        ...(topic !== undefined && { amongTopics: four(topic.accuracy), ofGroups: four(topic.groupAccuracy) }),
        ...(Number.isFinite(binary?.auroc) && { auroc: four(binary?.auroc ?? Number.NaN) }),
      });
      if (set === 'all') figures[`ECE, ${head}`] = four(ece);
      if (own.length >= MIN_PANEL_ROWS) panels.push({ name: `${head}, ${set}`, ece, bins: reliability(own) });
    }
  }
  const outside = Object.entries(report.outside).map(([what, value]) => ({ what, value: four(value) }));
  return {
    tables: [
      {
        title: `Heads ${classifier.fingerprint}, folds 7-9 ("unknown" is an answer; amongTopics: argmax among topics of rows that have one)`,
        rows,
      },
      {
        title:
          'p(unknown) of texts of no topic against those of some: AUROC (by chance .5), and the share that is called so',
        rows: outside,
      },
    ],
    figures,
    panels,
    facts: { classifier: classifier.fingerprint },
  };
}

/** Of rows with several labels, a confidence in one of them says nothing that could be checked. */
function rowsOf({ topic, task, feedback, facts, difficulty }: ReturnType<typeof judgeRows>): Record<Head, HeadRow[]> {
  const certain = <T extends { readonly labels: readonly number[] }>(rows: readonly T[]): readonly T[] =>
    rows.filter(({ labels }) => labels.length === 1);
  const called = (rows: typeof task): HeadRow[] =>
    certain(rows).map(({ set, labels: [label = 0], confidence, correct }) => ({
      set,
      label,
      isRight: correct,
      confidence,
      correct,
    }));
  const sided = (rows: typeof facts): HeadRow[] =>
    rows.map(({ set, share, p }) => ({
      set,
      label: Number(share > 0.5),
      isRight: p > 0.5 === share > 0.5,
      confidence: p,
      correct: share,
    }));
  return {
    topic: certain(topic).map(({ set, labels: [label = 0], all }) => ({ set, label, isRight: all.correct, ...all })),
    task: called(task),
    feedback: called(feedback),
    facts: sided(facts),
    difficulty: sided(difficulty),
  };
}

/** Share of the most frequent label: what knowing nothing gives. */
function majorityOf(rows: readonly HeadRow[]): number {
  const sizes = new Map<number, number>();
  for (const { label } of rows) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return Math.max(0, ...sizes.values()) / Math.max(1, rows.length);
}
