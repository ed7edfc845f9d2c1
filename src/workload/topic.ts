// What a text is about: a linear classifier over hashed features, with calibrated probabilities and one for "unknown".
import { readFileSync } from 'node:fs';
import { createStaticEmbedder, type SparseVector } from '../embedding/index.ts';
import { workloadErrors } from './errors.ts';
import { decodeTopicModel, type TopicModel } from './topic-asset.ts';

export const TOPICS = [
  'code',
  'math',
  'logic',
  'writing',
  'trivia',
  'commonsense',
  'science',
  'engineering',
  'health',
  'law',
  'business',
  'history',
  'philosophy',
  'psychology',
] as const;

export type Topic = (typeof TOPICS)[number] | 'unknown';

/** `probabilities` has 15 entries that sum to 1: `TOPICS` in order, then unknown; `topic` is the largest, `confidence` its value. */
export interface TopicPosterior {
  readonly topic: Topic;
  readonly confidence: number;
  readonly probabilities: Float32Array;
}

export interface TopicClassifier {
  /** Names the training: changes with the weights. */
  readonly fingerprint: string;
  /** Throws a RangeError if the vector is of other dimensions than the embedder's. */
  classify(vector: SparseVector): TopicPosterior;
}

/** The column of texts of no topic, and the number of columns. */
const OUTSIDE: number = TOPICS.length;
const COLUMNS: number = TOPICS.length + 1;
const ASSET = new URL('./assets/topics.bin', import.meta.url);

/** Reads the committed asset beside this file; throws `SLUICE_WORKLOAD_TOPIC_ASSET` if it does not fit, and what `fs` throws. */
export function loadTopicClassifier(): TopicClassifier {
  return createTopicClassifier(readFileSync(ASSET));
}

/** Throws `SLUICE_WORKLOAD_TOPIC_ASSET` when the asset is malformed or was trained on another embedder's vectors. */
export function createTopicClassifier(asset: Uint8Array): TopicClassifier {
  const model = decodeTopicModel(asset);
  const embedder = createStaticEmbedder();
  if (model.embedder !== embedder.fingerprint) {
    throw workloadErrors.topicAsset(
      `trained for embedder ${model.embedder}, this is ${embedder.fingerprint}: train again (bench/train/topics.ts)`,
    );
  }
  if (model.classes !== COLUMNS || model.dimensions !== embedder.dimensions) {
    throw workloadErrors.topicAsset(
      `${model.classes} classes x ${model.dimensions} features, expected ${COLUMNS} x ${embedder.dimensions}`,
    );
  }
  const logits = new Float64Array(COLUMNS);
  return {
    fingerprint: `topics-${checksumOf(asset)}`,
    classify(vector) {
      if (vector.dimensions !== model.dimensions) {
        throw new RangeError(`vector of ${vector.dimensions} dimensions, the classifier takes ${model.dimensions}`);
      }
      topicLogits(model, vector, logits);
      return posteriorOf(model, logits, vector.length);
    },
  };
}

/** The posterior from raw logits (one a topic, then the outside column) and the number of features. */
function posteriorOf(model: TopicModel, logits: Float64Array, features: number): TopicPosterior {
  const probabilities = new Float32Array(COLUMNS);
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < OUTSIDE; k++) largest = Math.max(largest, logits[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < OUTSIDE; k++) {
    const odds = Math.exp(((logits[k] ?? 0) - largest) / model.temperature);
    probabilities[k] = odds;
    sum += odds;
  }
  const { bias, energy, outside, length } = model.unknown;
  const [one, e, o, l] = unknownFeatures(logits, features);
  // A text without features says nothing about itself.
  const unknown = features === 0 ? 1 : sigmoid(bias * one + energy * e + outside * o + length * l);
  let best = OUTSIDE;
  probabilities[OUTSIDE] = unknown;
  for (let k = 0; k < OUTSIDE; k++) {
    const probability = ((probabilities[k] ?? 0) / sum) * (1 - unknown);
    probabilities[k] = probability;
    if (probability > (probabilities[best] ?? 0)) best = k;
  }
  const names: readonly Topic[] = TOPICS;
  return { topic: names[best] ?? 'unknown', confidence: probabilities[best] ?? 0, probabilities };
}

/**
 * What p(unknown) is a logistic regression of: 1, the energy of the topics (log-sum-exp of their logits, Liu et al.,
 * 2020: low for texts unlike any training data), the outside column's logit, and log2(1 + features) as a length.
 */
export function unknownFeatures(logits: Float64Array, features: number): readonly [number, number, number, number] {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < OUTSIDE; k++) largest = Math.max(largest, logits[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < OUTSIDE; k++) sum += Math.exp((logits[k] ?? 0) - largest);
  return [1, largest + Math.log(sum), logits[OUTSIDE] ?? 0, Math.log2(1 + features)];
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Writes biases + scales * (weights x vector). Fifteen named sums stay in registers: a fifth faster than a loop over an array. */
function topicLogits(model: TopicModel, vector: SparseVector, out: Float64Array): void {
  const { weights } = model;
  const { indices, values, length } = vector;
  let [s0, s1, s2, s3, s4, s5, s6] = [0, 0, 0, 0, 0, 0, 0];
  let [s7, s8, s9, s10, s11, s12, s13, s14] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? 0;
    const at = (indices[i] ?? 0) * COLUMNS;
    s0 += value * (weights[at] ?? 0);
    s1 += value * (weights[at + 1] ?? 0);
    s2 += value * (weights[at + 2] ?? 0);
    s3 += value * (weights[at + 3] ?? 0);
    s4 += value * (weights[at + 4] ?? 0);
    s5 += value * (weights[at + 5] ?? 0);
    s6 += value * (weights[at + 6] ?? 0);
    s7 += value * (weights[at + 7] ?? 0);
    s8 += value * (weights[at + 8] ?? 0);
    s9 += value * (weights[at + 9] ?? 0);
    s10 += value * (weights[at + 10] ?? 0);
    s11 += value * (weights[at + 11] ?? 0);
    s12 += value * (weights[at + 12] ?? 0);
    s13 += value * (weights[at + 13] ?? 0);
    s14 += value * (weights[at + 14] ?? 0);
  }
  const sums = [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14];
  for (let k = 0; k < COLUMNS; k++) out[k] = (model.biases[k] ?? 0) + (model.scales[k] ?? 0) * (sums[k] ?? 0);
}

function checksumOf(asset: Uint8Array): string {
  return new DataView(asset.buffer, asset.byteOffset).getUint32(12, true).toString(16).padStart(8, '0');
}
