// What a text is about: a linear classifier over hashed features, with calibrated probabilities and one for "unknown".
import { readFileSync } from 'node:fs';
import { createFeatureSums, createStaticEmbedder, type FeatureSums } from '../embedding/index.ts';
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
  /** Straight from the text, without a vector between. Takes any string, never throws; the posterior is the caller's. */
  classifyText(text: string): TopicPosterior;
}

/** The column of texts of no topic, and the number of columns. */
const OUTSIDE: number = TOPICS.length;
const COLUMNS: number = TOPICS.length + 1;
const ASSET = new URL('./assets/topics.bin', import.meta.url);

/** Reads the committed asset beside this file; throws `SLUICE_WORKLOAD_TOPIC_ASSET` if it does not fit, and what `fs` throws. */
export function loadTopicClassifier(): TopicClassifier {
  return createTopicClassifier(readFileSync(ASSET));
}

/**
 * `createSums` is the engine that adds up the weights. Throws `SLUICE_WORKLOAD_TOPIC_ASSET` when the asset is malformed or was
 * trained on another embedder's vectors.
 */
export function createTopicClassifier(
  asset: Uint8Array,
  createSums: (rows: Int8Array) => FeatureSums = createFeatureSums,
): TopicClassifier {
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
  const { biases, scales } = model;
  const engine = createSums(model.weights);
  const { sums } = engine;
  const parameters = { temperature: model.temperature, unknown: model.unknown };
  const logits = new Float64Array(COLUMNS);
  return {
    fingerprint: `topics-${checksumOf(asset)}`,
    classifyText(text) {
      const features = engine.read(text);
      // What the embedder gives every feature of the text as value.
      const value = features > 0 ? 1 / Math.sqrt(features) : 0;
      for (let k = 0; k < COLUMNS; k++) logits[k] = (biases[k] ?? 0) + (scales[k] ?? 0) * value * (sums[k] ?? 0);
      return posteriorOf(parameters, logits, features);
    },
  };
}

/** The posterior from raw logits (one a topic, then the outside column) and the number of features. */
function posteriorOf(
  { temperature, unknown: u }: Pick<TopicModel, 'temperature' | 'unknown'>,
  logits: Float64Array,
  features: number,
): TopicPosterior {
  const probabilities = new Float32Array(COLUMNS);
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < OUTSIDE; k++) largest = Math.max(largest, logits[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < OUTSIDE; k++) {
    const odds = Math.exp(((logits[k] ?? 0) - largest) / temperature);
    probabilities[k] = odds;
    sum += odds;
  }
  const [one, e, o, l] = unknownFeatures(logits, features);
  // A text without features says nothing about itself.
  const unknown = features === 0 ? 1 : sigmoid(u.bias * one + u.energy * e + u.outside * o + u.length * l);
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

function checksumOf(asset: Uint8Array): string {
  return Buffer.from(asset.subarray(12, 16)).toString('hex');
}
