// Scored prompts as a gateway sees those of others: each is read by a topic and a difficulty head that were trained without its fold.
import { COLUMNS, OFFSETS } from '../../src/workload/heads.ts';
import type { Logits } from '../../src/workload/linear-view.ts';
import { type Parameters, readingOf } from '../../src/workload/posteriors.ts';
import { TOPICS } from '../../src/workload/topics.ts';
import type { Example } from './examples.ts';
import { trainHead } from './head-training.ts';
import { judge, marginOf } from './judging.ts';
import { TRAIN_FOLDS } from './sources.ts';

export interface HeldBackReading {
  /** In the order of `TOPICS`; what is missing to 1 is of no topic. */
  readonly weights: Float32Array;
  readonly difficulty: number;
}

export type ReadingOf = (set: string, prompt: string) => HeldBackReading;

/**
 * Reads all prompts of the training folds that models were scored on. `parameters` are the committed classifier's: temperatures and
 * the like, a dozen numbers for all texts. The result throws of any other prompt.
 */
export function readHeldBack(examples: readonly Example[], parameters: Parameters, seed: number): ReadingOf {
  const readings = new Map<string, HeldBackReading>();
  for (const fold of TRAIN_FOLDS) {
    const topic = trainHead('topic', examples, seed, fold);
    const difficulty = trainHead('difficulty', examples, seed, fold);
    for (const example of examples) {
      if (example.fold !== fold || example.isVariant || example.labels.difficulty === undefined) continue;
      const { logits, features } = judge('topic', topic, example);
      const columns = new Float64Array(COLUMNS.whole);
      columns.set(logits, OFFSETS.topic);
      columns[OFFSETS.difficulty] = marginOf(judge('difficulty', difficulty, example).logits);
      const reading = readingOf(parameters, { columns, features }, noEnds);
      readings.set(keyOf(example.set, example.text), {
        weights: reading.topic().probabilities.subarray(0, TOPICS.length),
        difficulty: reading.difficulty(),
      });
    }
  }
  return (set, prompt) => {
    const reading = readings.get(keyOf(set, prompt));
    if (reading === undefined) throw new Error(`${set}: no model was scored on: ${prompt.slice(0, 80)}`);
    return reading;
  };
}

function keyOf(set: string, prompt: string): string {
  return `${set} ${prompt}`;
}

function noEnds(): Logits {
  throw new Error('the task is not asked');
}
