// Judges vectors by a linear classifier on top of them: accuracy on a task's test rows, dense alone or beside hashed n-grams.
import { seededRandom } from '../../src/base/index.ts';
import { createStaticEmbedder } from '../../src/embedding/index.ts';
import { logitsOf, type Row, trainSoftmax } from './softmax.ts';
import type { Labelled, Task } from './table-tasks.ts';

/** The vector may be reused by the next call. */
export type Dense = (text: string) => Float32Array;

/** What stands beside the vector: hashed features folded to 2^14, or nothing. */
export type Beside = 'alone' | 'hashed';

const HASHED_BITS = 14;
const MOST_COLUMNS = 512;
const DIMENSIONS = MOST_COLUMNS + 2 ** HASHED_BITS;
const EPOCHS = 12;

const hashed = createStaticEmbedder();

/** Entries of about 1 in size, so that every column learns as fast as the others. */
function rowOf(dense: Dense, beside: Beside, text: string, label: number): Row {
  const vector = dense(text);
  const scale = Math.sqrt(vector.length);
  const indices = Array.from(vector, (_, k) => k);
  const values = Array.from(vector, (value) => value * scale);
  if (beside === 'hashed') {
    const { indices: features, length } = hashed.embed(text);
    const value = Math.sqrt(SHARE_OF_HASHED / Math.max(1, length));
    for (const feature of features.subarray(0, length)) {
      indices.push(MOST_COLUMNS + (feature >>> (16 - HASHED_BITS)));
      values.push(value);
    }
  }
  return { indices: Uint16Array.from(indices), values: Float32Array.from(values), label, weight: 1 };
}

/** Squared length of the hashed part. */
const SHARE_OF_HASHED = 64;

export function judge(task: Task, dense: Dense, beside: Beside, seed = 1): number {
  const labels = [...new Set(task.train.map(({ label }) => label))].toSorted();
  const numbers = new Map(labels.map((label, i) => [label, i]));
  const rows = (from: readonly Labelled[]): Row[] =>
    from.map(({ text, label }) => rowOf(dense, beside, text, numbers.get(label) ?? -1));
  const settings = { epochs: EPOCHS, learningRate: 0.3, decay: 0.02 };
  const model = trainSoftmax(rows(task.train), labels.length, DIMENSIONS, settings, seededRandom(seed));
  const logits = new Float64Array(labels.length);
  const right = rows(task.test).filter((row) => {
    logitsOf(model, row, logits);
    return logits.indexOf(Math.max(...logits)) === row.label;
  });
  return right.length / task.test.length;
}
