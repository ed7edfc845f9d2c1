// Multinomial logistic regression over sparse rows: AdaGrad with one accumulator a feature, weight decay, seeded order.
import type { Random } from '../../src/base/index.ts';
import { ROWS, type SparseVector } from '../../src/embedding/index.ts';

/**
 * One class; several of which one holds, nobody knows which (partial labels, Jin and Ghahramani, 2002); or, of two classes, the share
 * of the second.
 */
export type Label = number | readonly number[] | { readonly share: number };

/** A label that is no share. */
export function classesIn(label: Label | undefined): readonly number[] {
  if (typeof label === 'number') return [label];
  return label === undefined || 'share' in label ? [] : label;
}

export interface Row {
  /** Rows of the weight table; a row that two features share stands there twice. */
  readonly indices: Uint16Array;
  /** A vector beside the features; all rows have one of the same length, or none has. */
  readonly dense?: Float32Array;
  readonly label: Label;
  readonly weight: number;
}

export interface SoftmaxModel {
  readonly classes: number;
  /** Row-major: `weights[row * classes + class]`. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
  /** Of the dense vector's columns: `dense[column * classes + class]`. */
  readonly dense: Float32Array;
}

export interface SoftmaxSettings {
  readonly epochs: number;
  readonly learningRate: number;
  /** Each epoch's end multiplies the weights by (1 - decay). */
  readonly decay: number;
  /** Share of a row's features that is left out of it each time it is learnt from (Srivastava et al., 2014). */
  readonly dropout?: number;
}

/** Copies what the embedder reuses. */
export function toIndices(vector: SparseVector): Uint16Array {
  return vector.indices.slice(0, vector.length).map((feature) => feature >>> 1);
}

/** Of every feature of a text. */
function valueOf(indices: Uint16Array): number {
  return indices.length > 0 ? 1 / Math.sqrt(indices.length) : 0;
}

/** Writes one logit a class into `out`. */
export function logitsOf(
  model: SoftmaxModel,
  { indices, dense }: Pick<Row, 'indices' | 'dense'>,
  out: Float64Array,
): void {
  const { classes, weights, biases } = model;
  const value = valueOf(indices);
  out.fill(0);
  for (const index of indices) {
    const base = index * classes;
    for (let k = 0; k < classes; k++) out[k] = (out[k] as number) + (weights[base + k] as number);
  }
  for (let k = 0; k < classes; k++) out[k] = (biases[k] ?? 0) + value * (out[k] ?? 0);
  if (dense === undefined) return;
  for (let d = 0; d < dense.length; d++) {
    const x = dense[d] as number;
    for (let k = 0; k < classes; k++) out[k] = (out[k] as number) + x * (model.dense[d * classes + k] as number);
  }
}

/** In place; `temperature` divides the logits first. */
export function softmaxInPlace(logits: Float64Array, temperature = 1): void {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) max = Math.max(max, logit / temperature);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const e = Math.exp((logits[k] ?? 0) / temperature - max);
    logits[k] = e;
    sum += e;
  }
  for (let k = 0; k < logits.length; k++) logits[k] = (logits[k] ?? 0) / sum;
}

/** Probabilities become the gradient of the log loss: less what the label asks for. */
function subtractTarget(p: Float64Array, label: Label): void {
  if (typeof label === 'number') {
    p[label] = (p[label] ?? 0) - 1;
  } else if ('share' in label) {
    p[0] = (p[0] ?? 0) - (1 - label.share);
    p[1] = (p[1] ?? 0) - label.share;
  } else {
    let sum = 0;
    for (const k of label) sum += p[k] ?? 0;
    for (const k of label) p[k] = (p[k] ?? 0) * (1 - 1 / Math.max(sum, 1e-9));
  }
}

export function trainSoftmax(
  rows: readonly Row[],
  classes: number,
  settings: SoftmaxSettings,
  random: Random,
): SoftmaxModel {
  const weights = new Float32Array(ROWS * classes);
  const biases = new Float32Array(classes);
  const columns = rows[0]?.dense?.length ?? 0;
  const dense = new Float32Array(columns * classes);
  const model: SoftmaxModel = { classes, weights, biases, dense };
  const seenDense = new Float32Array(columns).fill(1e-3);
  const seen = new Float32Array(ROWS).fill(1e-3);
  const order = Uint32Array.from(rows, (_, i) => i);
  const gradient = new Float64Array(classes);
  const { dropout = 0 } = settings;
  let step = 0;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    shuffle(order, random);
    for (const at of order) {
      const row = rows[at];
      if (row === undefined) continue;
      step++;
      const indices = dropout > 0 ? thinned(row.indices, dropout, random) : row.indices;
      logitsOf(model, { ...row, indices }, gradient);
      softmaxInPlace(gradient);
      subtractTarget(gradient, row.label);
      let squared = 0;
      for (let k = 0; k < classes; k++) {
        const g = (gradient[k] ?? 0) * row.weight;
        gradient[k] = g;
        squared += g * g;
        biases[k] = (biases[k] ?? 0) - (g * settings.learningRate * 0.1) / Math.sqrt(100 + step);
      }
      // A row that is already predicted to 1 % moves nothing worth the time; this skips a third of the work.
      if (squared < 1e-4) continue;
      const value = valueOf(indices);
      for (const index of indices) {
        const total = (seen[index] ?? 0) + squared * value * value;
        seen[index] = total;
        const rate = (settings.learningRate * value) / Math.sqrt(total);
        const base = index * classes;
        for (let k = 0; k < classes; k++)
          weights[base + k] = (weights[base + k] as number) - rate * (gradient[k] as number);
      }
      if (row.dense === undefined) continue;
      for (let d = 0; d < columns; d++) {
        const x = row.dense[d] as number;
        const total = (seenDense[d] ?? 0) + squared * x * x;
        seenDense[d] = total;
        const rate = (settings.learningRate * x) / Math.sqrt(total);
        for (let k = 0; k < classes; k++)
          dense[d * classes + k] = (dense[d * classes + k] as number) - rate * (gradient[k] as number);
      }
    }
    for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) * (1 - settings.decay);
  }
  return model;
}

/** At least one is kept. */
function thinned(indices: Uint16Array, share: number, random: Random): Uint16Array {
  const kept = indices.filter(() => random() >= share);
  return kept.length > 0 ? kept : indices;
}

function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
}
