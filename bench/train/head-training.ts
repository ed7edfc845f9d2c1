// The recipe: which rows teach a head, with which weights, and the heads' models with folds held back.
import { seededRandom } from '../../src/base/index.ts';
import { type Head, HEADS } from '../../src/workload/heads.ts';
import { type Example, featuresFor } from './examples.ts';
import { classesIn, type Label, type Row, type SoftmaxModel, trainSoftmax } from './softmax.ts';

/** Chosen by accuracy on folds 4, 5 and 6, each held back in turn; the differences between near settings are noise. */
export const SETTINGS = { epochs: 12, learningRate: 1, decay: 0.05 } as const;
/** Difficulty is more noise than any class: its rank correlation with what models failed at is .36, .38, .41, .43 at .05, .1, .2, .3. */
export const DIFFICULTY_DECAY = 0.3;
/** (mean class size / class size) ^ 0.5: a class of a tenth of the mean's size counts three times as much a row. */
export const CLASS_WEIGHT_EXPONENT = 0.5;
export const SEED_WEIGHT = 10;
export const MADE_WEIGHT = 5;
export const ARENA_WEIGHT = 3;
/** Utterances to assistants and banks are many (25,000) and alike. */
export const UTTERANCE_WEIGHT = 0.3;
/** What LLMRouter's short questions need beside the seeds. */
export const TRIVIA_WEIGHT = 1.3;
/** As above but over the weights that a class has in all: tasks and feedbacks that only seeds teach must hold against thousands of rows. */
const TOTAL_WEIGHT_EXPONENT: Readonly<Partial<Record<Head, number>>> = { task: 0.5, feedback: 0.75 };
const TRIVIA = HEADS.topic.indexOf('trivia');

/** A single column stands for two classes. */
export function classesOf(head: Head): number {
  return Math.max(2, HEADS[head].length);
}

/** A legal text to be summarised is of what topic? Such rows teach the task alone. */
export function teaches(head: Head, { labels, set }: Example): boolean {
  return labels[head] !== undefined && !(set === 'made' && head === 'topic');
}

/** Trains on what teaches the head, without fold `heldBack`, on training folds alone. */
export function trainHead(head: Head, examples: readonly Example[], seed: number, heldBack?: number): SoftmaxModel {
  const settings = head === 'difficulty' ? { ...SETTINGS, decay: DIFFICULTY_DECAY } : SETTINGS;
  return trainSoftmax(rowsOf(head, examples, heldBack), classesOf(head), settings, seededRandom(seed));
}

export function rowsOf(head: Head, examples: readonly Example[], heldBack: number | undefined): Row[] {
  const classes = classesOf(head);
  const teaching = examples.filter((one) => one.fold <= 6 && one.fold !== heldBack && teaches(head, one));
  const rows = teaching.map((one) => ({ one, label: one.labels[head] ?? 0 }));
  const bySize = balance(
    rows.filter(({ one }) => one.kind !== 'outside').map(({ label }) => ({ label, weight: 1 })),
    classes,
    CLASS_WEIGHT_EXPONENT,
  );
  const weighed = rows.map(({ one, label }) => ({
    ...featuresFor(head, one),
    label,
    weight: weightOf(head, one, () => bySize(label)),
  }));
  const exponent = TOTAL_WEIGHT_EXPONENT[head];
  if (exponent === undefined) return weighed;
  const byWeight = balance(weighed, classes, exponent);
  return weighed.map((row) => ({ ...row, weight: row.weight * byWeight(row.label) }));
}

function weightOf(head: Head, { set, labels }: Example, balanced: () => number): number {
  switch (set) {
    case 'seeds':
      return SEED_WEIGHT;
    case 'made':
      return MADE_WEIGHT;
    case 'arena_hard_v2':
      return ARENA_WEIGHT;
    case 'clinc150':
    case 'banking77':
      return UTTERANCE_WEIGHT;
    default:
      if (head === 'difficulty' || head === 'facts') return 1;
      return balanced() * (head === 'topic' && labels.topic === TRIVIA ? TRIVIA_WEIGHT : 1);
  }
}

/** What a row's weight is multiplied by for the size of its class: (mean / own) ^ exponent. */
function balance(
  rows: readonly { readonly label: Label; readonly weight: number }[],
  classes: number,
  exponent: number,
): (label: Label) => number {
  const totals = Array.from({ length: classes }, () => 0);
  for (const { label, weight } of rows) {
    const own = classesIn(label);
    for (const k of own) totals[k] = (totals[k] ?? 0) + weight / own.length;
  }
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.filter((total) => total > 0).length;
  return (label) => {
    const own = classesIn(label);
    const total = own.reduce((sum, k) => sum + (totals[k] ?? 0), 0) / Math.max(1, own.length);
    return total > 0 ? (mean / total) ** exponent : 1;
  };
}
