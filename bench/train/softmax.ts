// Multinomial logistic regression over sparse rows: AdaGrad with one accumulator a feature, weight decay, seeded order.
import type { SparseVector } from '../../src/embedding/index.ts';
import type { Random } from '../../src/base/index.ts';

export interface Row {
  readonly indices: Uint16Array;
  readonly values: Float32Array;
  readonly label: number;
  readonly weight: number;
}

export interface SoftmaxModel {
  readonly classes: number;
  readonly dimensions: number;
  /** Feature-major: `weights[feature * classes + class]`. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

export interface SoftmaxSettings {
  readonly epochs: number;
  readonly learningRate: number;
  /** Each epoch's end multiplies the weights by (1 - decay). */
  readonly decay: number;
}

/** Copies what the embedder reuses. */
export function toRow(vector: SparseVector, label: number, weight: number): Row {
  return {
    indices: vector.indices.slice(0, vector.length),
    values: vector.values.slice(0, vector.length),
    label,
    weight,
  };
}

/** Writes one logit a class into `out`. */
export function logitsOf(model: SoftmaxModel, row: Pick<Row, 'indices' | 'values'>, out: Float64Array): void {
  const { classes, weights, biases } = model;
  for (let k = 0; k < classes; k++) out[k] = biases[k] ?? 0;
  for (let i = 0; i < row.indices.length; i++) {
    const value = row.values[i] ?? 0;
    const base = (row.indices[i] ?? 0) * classes;
    for (let k = 0; k < classes; k++) out[k] = (out[k] ?? 0) + value * (weights[base + k] ?? 0);
  }
}

/** In place; `temperature` divides the logits first. Returns the log of the normaliser (log-sum-exp of the divided logits). */
export function softmaxInPlace(logits: Float64Array, temperature = 1): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) max = Math.max(max, logit / temperature);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const e = Math.exp((logits[k] ?? 0) / temperature - max);
    logits[k] = e;
    sum += e;
  }
  for (let k = 0; k < logits.length; k++) logits[k] = (logits[k] ?? 0) / sum;
  return max + Math.log(sum);
}

export function trainSoftmax(
  rows: readonly Row[],
  classes: number,
  dimensions: number,
  settings: SoftmaxSettings,
  random: Random,
): SoftmaxModel {
  const weights = new Float32Array(dimensions * classes);
  const biases = new Float32Array(classes);
  const model: SoftmaxModel = { classes, dimensions, weights, biases };
  const seen = new Float32Array(dimensions).fill(1e-3);
  const order = Uint32Array.from(rows, (_, i) => i);
  const gradient = new Float64Array(classes);
  let step = 0;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    shuffle(order, random);
    for (const at of order) {
      const row = rows[at];
      if (row === undefined) continue;
      step++;
      logitsOf(model, row, gradient);
      softmaxInPlace(gradient);
      gradient[row.label] = (gradient[row.label] ?? 0) - 1;
      let squared = 0;
      for (let k = 0; k < classes; k++) {
        const g = (gradient[k] ?? 0) * row.weight;
        gradient[k] = g;
        squared += g * g;
        biases[k] = (biases[k] ?? 0) - (g * settings.learningRate * 0.1) / Math.sqrt(100 + step);
      }
      // A row that is already predicted to 1 % moves nothing worth the time; this skips a third of the work.
      if (squared < 1e-4) continue;
      for (let i = 0; i < row.indices.length; i++) {
        const feature = row.indices[i] ?? 0;
        const value = row.values[i] ?? 0;
        const total = (seen[feature] ?? 0) + squared * value * value;
        seen[feature] = total;
        const rate = (settings.learningRate * value) / Math.sqrt(total);
        const base = feature * classes;
        for (let k = 0; k < classes; k++) weights[base + k] = (weights[base + k] ?? 0) - rate * (gradient[k] ?? 0);
      }
    }
    for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) * (1 - settings.decay);
  }
  return model;
}

function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
}
