// A linear classifier on given features, trained on a task's training rows and judged on its test rows, beside the majority.
import { seededRandom } from '../../src/base/index.ts';
import { auroc, fitTemperature, type Judged } from '../train/calibration.ts';
import {
  logitsOf,
  type Row,
  softmaxInPlace,
  type SoftmaxModel,
  type SoftmaxSettings,
  trainSoftmax,
} from '../train/softmax.ts';
import type { Labelled, Task } from './tasks.ts';

export type FeaturesOf = (text: string) => Pick<Row, 'indices' | 'dense'>;

export interface LinearSettings extends SoftmaxSettings {
  readonly seed: number;
  /** Fit a temperature on a tenth of the training rows, with a model that has not seen them. */
  readonly isCalibrated: boolean;
}

export interface Score {
  readonly classes: number;
  readonly train: number;
  readonly test: number;
  readonly accuracy: number;
  /** Share of the test's most frequent class. */
  readonly majority: number;
  readonly judged: readonly Judged[];
  /** Confidence in texts of the classes against texts of none. */
  readonly outsideAuroc: number | undefined;
}

const HELD_BACK = 10;

export function linearScore(task: Task, featuresOf: FeaturesOf, settings: LinearSettings): Score {
  const labels = [...new Set(task.train.map(({ label }) => label))].toSorted();
  const numbers = new Map(labels.map((label, i) => [label, i]));
  const rowsOf = (from: readonly Labelled[]): Row[] =>
    from.map(({ text, label }) => ({ ...featuresOf(text), label: numbers.get(label) ?? -1, weight: 1 }));
  const train = (rows: readonly Row[]): SoftmaxModel =>
    trainSoftmax(rows, labels.length, settings, seededRandom(settings.seed));

  const training = rowsOf(task.train);
  const temperature = settings.isCalibrated ? temperatureFor(training, labels.length, train) : 1;
  const model = train(training);
  const judged = rowsOf(task.test).map((row) => {
    const p = probabilities(model, row, temperature);
    const confidence = Math.max(...p);
    return { confidence, correct: p.indexOf(confidence) === row.label };
  });
  // As trained (Hendrycks and Gimpel, 2017): the temperature is fitted on texts of the classes alone.
  const sureness = (texts: readonly (Labelled | string)[]): number[] =>
    texts.map((one) => Math.max(...probabilities(model, featuresOf(typeof one === 'string' ? one : one.text), 1)));
  const sizes = labels.map((label) => task.test.filter((row) => row.label === label).length);
  return {
    classes: labels.length,
    train: task.train.length,
    test: task.test.length,
    accuracy: judged.filter(({ correct }) => correct).length / judged.length,
    majority: Math.max(...sizes) / task.test.length,
    judged,
    outsideAuroc: task.outside === undefined ? undefined : auroc(sureness(task.test), sureness(task.outside)),
  };
}

function temperatureFor(rows: readonly Row[], classes: number, train: (rows: readonly Row[]) => SoftmaxModel): number {
  // The files are sorted by class or by source: every tenth row is of all of them.
  const isHeldBack = (i: number): boolean => i % HELD_BACK === 0;
  const model = train(rows.filter((_, i) => !isHeldBack(i)));
  const held = rows.filter((_, i) => isHeldBack(i));
  const logits = held.map((row) => {
    const out = new Float64Array(classes);
    logitsOf(model, row, out);
    return out;
  });
  const { base } = fitTemperature(({ base: at }) => {
    let loss = 0;
    for (const [i, { label }] of held.entries()) {
      const p = Float64Array.from(logits[i] ?? []);
      softmaxInPlace(p, Math.exp(at));
      loss -= Math.log(Math.max(1e-9, p[label as number] ?? 0));
    }
    return loss / held.length;
  });
  return Math.exp(base);
}

function probabilities(
  model: SoftmaxModel,
  features: Pick<Row, 'indices' | 'dense'>,
  temperature: number,
): Float64Array {
  const out = new Float64Array(model.classes);
  logitsOf(model, features, out);
  softmaxInPlace(out, temperature);
  return out;
}
