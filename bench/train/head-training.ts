// The recipe: which rows teach a head, with which weights, and the heads' models with folds held back.
import { seededRandom } from '../../src/base/index.ts';
import { type Head, HEADS } from '../../src/workload/heads.ts';
import { type Example, indicesOf } from './examples.ts';
import { type Label, type Row, type SoftmaxModel, trainSoftmax } from './softmax.ts';

/** Chosen by accuracy on folds 4, 5 and 6, each held back in turn; the differences between near settings are noise. */
export const SETTINGS = { epochs: 12, learningRate: 1, decay: 0.1 } as const;
/** (mean class size / class size) ^ 0.5: a class of a tenth of the mean's size counts three times as much a row. */
export const CLASS_WEIGHT_EXPONENT = 0.5;
export const SEED_WEIGHT = 10;
export const MADE_WEIGHT = 5;
export const ARENA_WEIGHT = 3;
/** Utterances to assistants and banks are many (25,000) and alike. */
export const UTTERANCE_WEIGHT = 0.3;
/** What LLMRouter's short questions need beside the seeds. */
export const TRIVIA_WEIGHT = 1.3;
const TRIVIA = HEADS.topic.indexOf('trivia');

/** A single column stands for two classes. */
export function classesOf(head: Head): number {
  return Math.max(2, HEADS[head].length);
}

export function teaches(head: Head, { labels, set }: Example): boolean {
  if (labels[head] === undefined || (set === 'made' && head === 'topic')) return false;
  // Of short replies, utterances to a bank and questions of a quiz say what is none: some are enough.
  return head !== 'feedback' || set !== 'zeroeval';
}

/** Trains on what teaches the head, without fold `heldBack`, on training folds alone. */
export function trainHead(head: Head, examples: readonly Example[], seed: number, heldBack?: number): SoftmaxModel {
  const teaching = examples.filter((one) => one.fold <= 6 && one.fold !== heldBack && teaches(head, one));
  const classes = classesOf(head);
  const sizes = Array.from({ length: classes }, () => 0);
  for (const { labels, kind } of teaching) if (kind !== 'outside') count(sizes, labels[head] ?? 0);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.filter((size) => size > 0).length;
  const rows: Row[] = teaching.map((one) => {
    const label = one.labels[head] ?? 0;
    return { indices: indicesOf(head, one), label, weight: weightOf(head, one, classWeight(sizes, label, mean)) };
  });
  return trainSoftmax(rows, classes, SETTINGS, seededRandom(seed));
}

function weightOf(head: Head, { set, labels }: Example, balance: number): number {
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
      return balance * (head === 'topic' && labels.topic === TRIVIA ? TRIVIA_WEIGHT : 1);
  }
}

function count(sizes: number[], label: Label): void {
  if (typeof label === 'number') sizes[label] = (sizes[label] ?? 0) + 1;
  else if (!('share' in label)) for (const k of label) sizes[k] = (sizes[k] ?? 0) + 1 / label.length;
}

function classWeight(sizes: readonly number[], label: Label, mean: number): number {
  const own = typeof label === 'number' ? [label] : 'share' in label ? [] : label;
  const size = own.reduce((sum, k) => sum + (sizes[k] ?? 0), 0) / Math.max(1, own.length);
  return size > 0 ? (mean / size) ** CLASS_WEIGHT_EXPONENT : 1;
}
