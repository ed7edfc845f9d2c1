// Judges vectors by a linear classifier on top of them: accuracy on a task's test rows, dense alone or beside hashed n-grams.
import { seededRandom } from '../../src/base/index.ts';
import { createStaticEmbedder } from '../../src/embedding/index.ts';
import { logitsOf, type Row, toIndices, trainSoftmax } from './softmax.ts';
import type { Labelled, Task } from './table-tasks.ts';

/** The vector may be reused by the next call. */
export type Dense = (text: string) => Float32Array;

/** What stands beside the vector: hashed features, or nothing. */
export type Beside = 'alone' | 'hashed';

const hashed = createStaticEmbedder();
const NO_FEATURES = new Uint16Array(0);
const SETTINGS = { epochs: 12, learningRate: 2, decay: 0.02 } as const;
/** Squared length of the vector beside that of the hashed features, which is 1. */
const SHARE_OF_DENSE = 2;

function rowOf(dense: Dense, beside: Beside, text: string, label: number): Row {
  const indices = beside === 'hashed' ? toIndices(hashed.embed(text)) : NO_FEATURES;
  return { indices, dense: dense(text).map((value) => value * Math.sqrt(SHARE_OF_DENSE)), label, weight: 1 };
}

export function judge(task: Task, dense: Dense, beside: Beside, seed = 1): number {
  const labels = [...new Set(task.train.map(({ label }) => label))].toSorted();
  const numbers = new Map(labels.map((label, i) => [label, i]));
  const rows = (from: readonly Labelled[]): Row[] =>
    from.map(({ text, label }) => rowOf(dense, beside, text, numbers.get(label) ?? -1));
  const model = trainSoftmax(rows(task.train), labels.length, SETTINGS, seededRandom(seed));
  const logits = new Float64Array(labels.length);
  const right = rows(task.test).filter((row) => {
    logitsOf(model, row, logits);
    return logits.indexOf(Math.max(...logits)) === row.label;
  });
  return right.length / task.test.length;
}
