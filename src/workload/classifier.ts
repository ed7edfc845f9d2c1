// What a text is about and asks for: linear heads over hashed features and the wordpiece table's vector, summed together, each finished when it is asked.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { ownFile } from '../base/index.ts';
import {
  createFeatureSums,
  createStaticEmbedder,
  type FeatureSums,
  loadWordpieceTable,
  type WordpieceTable,
} from '../embedding/index.ts';
import { type ClassifierModel, decodeClassifier, type Sigmoid, type Temperature } from './classifier-asset.ts';
import { workloadErrors } from './errors.ts';
import { COLUMNS, FEEDBACKS, type Feedback, type Head, HEADS, OFFSETS, type Task, TASKS } from './heads.ts';
import { type Topic, TOPICS } from './topics.ts';

/** `probabilities` sum to 1: `TOPICS` in order, then unknown; `topic` is the largest, `confidence` its value. */
export interface TopicPosterior {
  readonly topic: Topic;
  readonly confidence: number;
  readonly probabilities: Float32Array;
}

/** `probabilities` sum to 1: `TASKS` in order, then unknown; `task` is the largest, `confidence` its value. */
export interface TaskPosterior {
  readonly task: Task;
  readonly confidence: number;
  readonly probabilities: Float32Array;
}

/** `probabilities` sum to 1, in the order of `FEEDBACKS`. */
export interface FeedbackPosterior {
  readonly feedback: Feedback;
  readonly confidence: number;
  readonly probabilities: Float32Array;
}

/** One text, read. Each call finishes one head anew: a holder that asks more than once keeps what it got. */
export interface Reading {
  readonly topic: () => TopicPosterior;
  readonly task: () => TaskPosterior;
  /** Expected share of mid-sized models (7 to 9 billion parameters, 2024) that fail, in [0, 1]. */
  readonly difficulty: () => number;
  /** The probability that facts about the world are asked for, in [0, 1]. */
  readonly asksFacts: () => number;
  /** As if the text stood behind an answer; whether it does is the caller's to know. */
  readonly feedback: () => FeedbackPosterior;
}

export interface Classifier {
  /** Names the training: changes with the weights. */
  readonly fingerprint: string;
  /** Takes any string, never throws, keeps nothing of it. */
  read(text: string): Reading;
}

/** The column of texts of no topic. */
const OUTSIDE: number = TOPICS.length;
const ASSET = ownFile('workload/assets/classifier.bin');

/** Reads the committed asset beside this file; throws `SLUICE_WORKLOAD_CLASSIFIER_ASSET` if it does not fit, and what `fs` throws. */
export function loadClassifier(): Classifier {
  return createClassifier(readFileSync(ASSET));
}

export interface LazyClassifier extends Classifier {
  /** Reads the weights, unless they have been read: some 8 MB with the wordpiece table, 30 ms. Throws what `loadClassifier` throws. */
  load(): void;
}

/** Its fingerprint at once, from the head of the asset; the rest when it is loaded, or a text is read. */
export function lazyClassifier(): LazyClassifier {
  let loaded: Classifier | undefined;
  const load = (): Classifier => (loaded ??= loadClassifier());
  return { fingerprint: fingerprintOf(headOf(ASSET)), load: () => void load(), read: (text) => load().read(text) };
}

function headOf(file: URL): Uint8Array {
  const head = new Uint8Array(FINGERPRINT_END);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, head);
  } finally {
    closeSync(opened);
  }
  return head;
}

/** Bytes of the asset that hold its checksum. */
const FINGERPRINT_START = 12;
const FINGERPRINT_END = 16;

function fingerprintOf(asset: Uint8Array): string {
  return `heads-${Buffer.from(asset.subarray(FINGERPRINT_START, FINGERPRINT_END)).toString('hex')}`;
}

/**
 * `createSums` is the engine that adds up the weights. Throws `SLUICE_WORKLOAD_CLASSIFIER_ASSET` when the asset is malformed or was
 * trained on another embedder's features or another table's vectors.
 */
export function createClassifier(
  asset: Uint8Array,
  createSums: (rows: Int8Array) => FeatureSums = createFeatureSums,
  table: WordpieceTable = loadWordpieceTable(),
): Classifier {
  const model = decodeClassifier(asset);
  const { fingerprint } = createStaticEmbedder();
  if (model.embedder !== fingerprint) {
    throw workloadErrors.classifierAsset(
      `trained for embedder ${model.embedder}, this is ${fingerprint}: train again (npm run train:classifier)`,
    );
  }
  if (model.table !== table.fingerprint || model.dense.length > table.columns * COLUMNS) {
    throw workloadErrors.classifierAsset(
      `trained for table ${model.table}, this is ${table.fingerprint}: train again (npm run train:classifier)`,
    );
  }
  const engine = createSums(model.weights);
  const scales = Float64Array.from(model.scales);
  const biases = Float64Array.from(model.biases);
  const denseColumns = model.dense.length / COLUMNS;
  // Column by column, so that a logit is one inner product.
  const dense = Float64Array.from(model.dense, (_, i) => {
    const k = Math.floor(i / denseColumns);
    return (model.dense[(i % denseColumns) * COLUMNS + k] ?? 0) * (model.denseScales[k] ?? 0);
  });
  return {
    fingerprint: fingerprintOf(asset),
    read(text) {
      const whole = logitsOf(text);
      return readingOf(model, whole, () => {
        const ends = endsOf(text);
        return ends === text ? whole : logitsOf(ends);
      });
    },
  };

  function logitsOf(text: string): Logits {
    const features = engine.read(text);
    const { sums } = engine;
    // What the embedder gives every feature of the text as value.
    const value = features > 0 ? 1 / Math.sqrt(features) : 0;
    const columns = new Float64Array(COLUMNS);
    for (let k = 0; k < COLUMNS; k++) columns[k] = (biases[k] ?? 0) + (scales[k] ?? 0) * value * (sums[k] ?? 0);
    const vector = table.read(text);
    for (let k = 0, i = 0; k < COLUMNS; k++) {
      let sum = 0;
      for (let d = 0; d < denseColumns; d++, i++) sum += (vector[d] as number) * (dense[i] as number);
      columns[k] = (columns[k] as number) + sum;
    }
    return { columns, features };
  }
}

/** One logit a column, and how many features they are from. */
export interface Logits {
  readonly columns: Float64Array;
  readonly features: number;
}

/** UTF-16 units of each end that tell the task. */
const END_UNITS = 160;
/** Units at each end that are searched for its paragraph, and the fewest that can be an instruction. */
const PARAGRAPH_UNITS = 1_024;
const MIN_INSTRUCTION = 16;

/**
 * What tells the task: of several paragraphs the first or the last, whichever is shorter, because an instruction is shorter than what it
 * is about; else the first line and the last.
 */
export function endsOf(text: string): string {
  const head = text.slice(0, PARAGRAPH_UNITS).trimStart();
  const tail = text.slice(-PARAGRAPH_UNITS).trimEnd();
  const border = head.indexOf('\n\n');
  if (border >= 0) {
    const first = head.slice(0, border);
    const last = tail.slice(tail.lastIndexOf('\n\n') + 2);
    const shorter = last.length < first.length ? last : first;
    if (shorter.length >= MIN_INSTRUCTION && shorter.length <= END_UNITS) return shorter;
  }
  if (text.length <= 2 * END_UNITS) return text;
  const [line = ''] = head.slice(0, END_UNITS).split('\n', 1);
  return `${line} ${tail.slice(-END_UNITS).split('\n').at(-1) ?? ''}`;
}

type Parameters = Pick<ClassifierModel, 'topic' | 'task' | 'feedback' | 'difficulty' | 'facts'>;

/** `ends`: of the text's ends alone, asked for when the task is. */
export function readingOf(model: Parameters, { columns: logits, features }: Logits, ends: () => Logits): Reading {
  return {
    topic: () => topicOf(model.topic, columnsOf(logits, 'topic'), features),
    task() {
      const { columns, features: own } = ends();
      const probabilities = softmax(columnsOf(columns, 'task'), temperatureOf(model.task.temperature, own));
      if (own === 0) certainlyLast(probabilities);
      const best = largest(probabilities);
      return { task: TASKS[best] ?? 'unknown', confidence: probabilities[best] ?? 0, probabilities };
    },
    difficulty: () => platt(model.difficulty, logits[OFFSETS.difficulty] ?? 0),
    asksFacts: () => (features === 0 ? 0 : platt(model.facts, logits[OFFSETS.facts] ?? 0)),
    feedback() {
      const probabilities = softmax(columnsOf(logits, 'feedback'), temperatureOf(model.feedback.temperature, features));
      const best = largest(probabilities);
      return { feedback: FEEDBACKS[best] ?? 'none', confidence: probabilities[best] ?? 0, probabilities };
    },
  };
}

function topicOf(
  { temperature, unknown: u }: ClassifierModel['topic'],
  logits: Float64Array,
  features: number,
): TopicPosterior {
  const probabilities = softmax(logits.subarray(0, OUTSIDE), temperatureOf(temperature, features), OUTSIDE + 1);
  const [one, e, o, l] = unknownFeatures(logits, features);
  // A text without features says nothing about itself.
  const unknown = features === 0 ? 1 : logistic(u.bias * one + u.energy * e + u.outside * o + u.length * l);
  for (let k = 0; k < OUTSIDE; k++) probabilities[k] = (probabilities[k] ?? 0) * (1 - unknown);
  probabilities[OUTSIDE] = unknown;
  const best = largest(probabilities);
  return { topic: TOPICS[best] ?? 'unknown', confidence: probabilities[best] ?? 0, probabilities };
}

/**
 * What p(unknown) is a logistic regression of: 1, the energy of the topics (log-sum-exp of their logits, Liu et al.,
 * 2020: low for texts unlike any training data), the outside column's logit, and log2(1 + features) as a length.
 */
export function unknownFeatures(logits: Float64Array, features: number): readonly [number, number, number, number] {
  let highest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < OUTSIDE; k++) highest = Math.max(highest, logits[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < OUTSIDE; k++) sum += Math.exp((logits[k] ?? 0) - highest);
  return [1, highest + Math.log(sum), logits[OUTSIDE] ?? 0, Math.log2(1 + features)];
}

export function temperatureOf({ base, length }: Temperature, features: number): number {
  return Math.exp(base + length * (Math.log2(1 + features) - 6));
}

function columnsOf(logits: Float64Array, head: Head): Float64Array {
  return logits.subarray(OFFSETS[head], OFFSETS[head] + HEADS[head].length);
}

/** Into a new array, with room for what is not in `logits`. */
function softmax(logits: Float64Array, temperature: number, size: number = logits.length): Float32Array {
  const probabilities = new Float32Array(size);
  let highest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) highest = Math.max(highest, logits[k] ?? 0);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const odds = Math.exp(((logits[k] ?? 0) - highest) / temperature);
    probabilities[k] = odds;
    sum += odds;
  }
  for (let k = 0; k < logits.length; k++) probabilities[k] = (probabilities[k] ?? 0) / sum;
  return probabilities;
}

function certainlyLast(probabilities: Float32Array): void {
  probabilities.fill(0);
  probabilities[probabilities.length - 1] = 1;
}

/** Of equals the earlier. */
function largest(probabilities: Float32Array): number {
  let best = 0;
  for (let k = 1; k < probabilities.length; k++) if ((probabilities[k] ?? 0) > (probabilities[best] ?? 0)) best = k;
  return best;
}

function platt({ bias, slope }: Sigmoid, logit: number): number {
  return logistic(bias + slope * logit);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
