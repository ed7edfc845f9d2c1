// The recipe: which rows with which weights, the final model, and its probabilities fitted on rows held back from training.
import { seededRandom } from '../../src/base/index.ts';
import { type Embedder, ROW_COLUMNS } from '../../src/embedding/index.ts';
import type { TopicModel, UnknownParameters } from '../../src/workload/topic-asset.ts';
import { TOPICS, unknownFeatures } from '../../src/workload/topic.ts';
import { auroc, calibrationError, fitLogistic, fitTemperature } from './calibration.ts';
import { logitsOf, type Row, type SoftmaxModel, softmaxInPlace, toRow, trainSoftmax } from './softmax.ts';
import { type LabelledText, stripBoilerplate } from './topic-data.ts';
import { OUTSIDE_SEEDS } from './seeds/outside.ts';
import { type Seed, SEEDS } from './topic-seeds.ts';

/** One column a topic, and one for texts of none. */
const OUTSIDE = TOPICS.length;
const COLUMNS = TOPICS.length + 1;
/** Chosen by accuracy on folds 4, 5 and 6, each held back in turn; the differences between near settings are noise. */
export const SETTINGS = { epochs: 12, learningRate: 1, decay: 0.1 } as const;
/** (mean class size / class size) ^ 0.5: a class of a tenth of the mean's size counts three times as much a row. */
export const CLASS_WEIGHT_EXPONENT = 0.5;
/**
 * Weighed on folds 4-6: 5, 7 and 10 gave held-back seeds .722, .730 and .738, and exam rows .900, .900 and .898. The trivia rows a third up are
 * what LLMRouter's short questions need beside the seeds.
 */
export const SEED_WEIGHT = 10;
export const TRIVIA_WEIGHT = 1.3;
export const ARENA_WEIGHT = 3;
export const TRAIN_FOLDS = [0, 1, 2, 3, 4, 5, 6] as const;
export const HELD_BACK_FOLDS = [4, 5, 6] as const;
/** Out-of-scope utterances are many (25,000) and alike. */
export const OUTSIDE_WEIGHT = 0.3;

/** Trains without the texts of fold `heldBack`, and without its share of the seed prompts and of the out-of-scope texts. */
export function train(
  embedder: Embedder,
  all: readonly LabelledText[],
  outside: readonly string[],
  seed: number,
  heldBack?: number,
): SoftmaxModel {
  const texts = all.filter(({ fold }) => fold !== heldBack);
  const sizes = TOPICS.map(() => 0);
  for (const { label } of texts) sizes[label] = (sizes[label] ?? 0) + 1;
  const rows: Row[] = [];
  const add = (text: string, label: number, weight: number): void => {
    rows.push(toRow(embedder.embed(text), label, weight));
  };
  for (const { set, text, label } of texts) {
    if (set === 'arena_hard_v2') {
      add(text, label, ARENA_WEIGHT);
      continue;
    }
    const classWeight = (texts.length / TOPICS.length / (sizes[label] ?? 1)) ** CLASS_WEIGHT_EXPONENT;
    const weight = classWeight * (TOPICS[label] === 'trivia' ? TRIVIA_WEIGHT : 1);
    add(text, label, weight);
    const stripped = stripBoilerplate(text);
    if (stripped !== text && stripped.length > 0) add(stripped, label, weight);
  }
  for (const seedPrompt of SEEDS) {
    if (foldOfSeed(seedPrompt) !== heldBack) add(seedPrompt.text, seedPrompt.label, SEED_WEIGHT);
  }
  for (const [i, text] of outside.entries()) {
    if (foldOfOutside(i) !== heldBack) add(text, OUTSIDE, OUTSIDE_WEIGHT);
  }
  for (const [i, text] of OUTSIDE_SEEDS.entries()) {
    if (foldOfOutside(i) !== heldBack) add(text, OUTSIDE, SEED_WEIGHT);
  }
  return trainSoftmax(rows, COLUMNS, embedder.dimensions, SETTINGS, seededRandom(seed));
}

/** A third of the seeds is held back with each of the folds; all of them train the final model. */
function foldOfSeed({ part }: Seed): number | undefined {
  return HELD_BACK_FOLDS[part];
}

/** As with the seeds, a third of the out-of-scope texts with each of the folds. */
function foldOfOutside(number: number): number | undefined {
  return HELD_BACK_FOLDS[number % HELD_BACK_FOLDS.length];
}

interface Judged {
  readonly kind: 'exam' | 'chat' | 'outside';
  readonly isSeed: boolean;
  readonly label: number;
  /** One a topic. */
  readonly logits: Float64Array;
  readonly unknown: readonly number[];
}

export interface HeldBack {
  readonly rows: number;
  readonly accuracy: number;
  readonly logLoss: number;
  /** Of p(unknown), out-of-scope texts against chat rows (seeds and Arena-Hard). */
  readonly aurocChat: number;
  readonly seeds: SeedReport;
}

/** Every seed, judged by the model that it was held back from. */
export interface SeedReport {
  readonly rows: number;
  /** Argmax among the 14 topics, whatever p(unknown). */
  readonly accuracy: number;
  readonly eceKnown: number;
  readonly unknownShare: number;
  readonly recall: Readonly<Record<string, { readonly rows: number; readonly recall: number }>>;
}

export interface Calibration {
  readonly temperature: number;
  readonly unknown: UnknownParameters;
  /** Topics on the held-back rows of mmlu_pro and llmrouter14 as they are, and on the held-back seeds. */
  readonly heldBack: HeldBack;
}

/** Each held-back fold is judged by a model that saw none of it, nor of its share of the seeds and the out-of-scope texts. */
export function calibrate(
  embedder: Embedder,
  texts: readonly LabelledText[],
  outside: readonly string[],
  seed: number,
): Calibration {
  const judged: Judged[] = [];
  for (const fold of HELD_BACK_FOLDS) {
    const model = train(embedder, texts, outside, seed, fold);
    const columns = new Float64Array(COLUMNS);
    const judge = (kind: Judged['kind'], label: number, text: string, isSeed = false): void => {
      const row = toRow(embedder.embed(text), label, 1);
      logitsOf(model, row, columns);
      judged.push({
        kind,
        isSeed,
        label,
        logits: columns.slice(0, OUTSIDE),
        unknown: unknownFeatures(columns, row.indices.length),
      });
    };
    for (const { set, label, text, fold: own } of texts) {
      if (own === fold) judge(set === 'arena_hard_v2' ? 'chat' : 'exam', label, text);
    }
    for (const row of SEEDS) if (foldOfSeed(row) === fold) judge('chat', row.label, row.text, true);
    for (const none of [outside, OUTSIDE_SEEDS]) {
      for (const [i, text] of none.entries()) if (foldOfOutside(i) === fold) judge('outside', OUTSIDE, text);
    }
  }
  const exam = judged.filter(({ kind }) => kind === 'exam');
  const chat = judged.filter(({ kind }) => kind === 'chat');
  // Exam rows alone would leave chat, whose texts are short, far less sure than right: .085 instead of .05 of calibration error.
  const temperature = fitTemperature((at) => logLoss(exam, at) + logLoss(chat, at));
  const unknown = fitUnknown(judged);
  const score = ({ unknown: features }: Judged): number => dot(coefficientsOf(unknown), features);
  return {
    temperature,
    unknown,
    heldBack: {
      rows: exam.length,
      accuracy: accuracyOf(exam),
      logLoss: logLoss(exam, temperature),
      aurocChat: auroc(judged.filter(({ kind }) => kind === 'outside').map(score), chat.map(score)),
      seeds: reportSeeds(
        judged.filter(({ isSeed }) => isSeed),
        temperature,
        (row) => 1 / (1 + Math.exp(-score(row))),
      ),
    },
  };
}

function reportSeeds(rows: readonly Judged[], temperature: number, unknownOf: (row: Judged) => number): SeedReport {
  const decided = rows.map((row) => {
    const probabilities = row.logits.slice();
    softmaxInPlace(probabilities, temperature);
    const confidence = Math.max(...probabilities);
    const unknown = unknownOf(row);
    return { confidence, correct: isRight(row), unknown: unknown > confidence * (1 - unknown) };
  });
  return {
    rows: rows.length,
    accuracy: accuracyOf(rows),
    eceKnown: calibrationError(decided),
    unknownShare: decided.filter(({ unknown }) => unknown).length / rows.length,
    recall: Object.fromEntries(
      TOPICS.map((topic, label) => {
        const own = rows.filter((row) => row.label === label);
        return [topic, { rows: own.length, recall: accuracyOf(own) }];
      }),
    ),
  };
}

function isRight({ label, logits }: Judged): boolean {
  return logits.indexOf(Math.max(...logits)) === label;
}

function accuracyOf(rows: readonly Judged[]): number {
  return rows.filter(isRight).length / rows.length;
}

function coefficientsOf({ bias, energy, outside, length }: UnknownParameters): number[] {
  return [bias, energy, outside, length];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
}

function logLoss(rows: readonly Judged[], temperature: number): number {
  let sum = 0;
  for (const { label, logits } of rows) {
    const probabilities = logits.slice();
    softmaxInPlace(probabilities, temperature);
    sum -= Math.log(Math.max(1e-12, probabilities[label] ?? 0));
  }
  return sum / rows.length;
}

/** Exam rows, chat rows and out-of-scope rows weigh 1 : 1 : 1 as groups, so a short chat prompt is not unknown for being short. */
function fitUnknown(judged: readonly Judged[]): UnknownParameters {
  const sizes = { exam: 0, chat: 0, outside: 0 };
  for (const { kind } of judged) sizes[kind]++;
  const rows = judged.map(({ kind, unknown }) => ({
    features: unknown,
    positive: kind === 'outside',
    weight: 1_000 / sizes[kind],
  }));
  const [bias = 0, energy = 0, outside = 0, length = 0] = fitLogistic(rows);
  return { bias, energy, outside, length };
}

/** int8 with one scale a class: the largest weight of a class becomes 127. Rows are filled up to `ROW_COLUMNS`. */
export function quantise(model: SoftmaxModel, embedder: Embedder, calibration: Calibration): TopicModel {
  const { classes, dimensions, biases } = model;
  const scales = new Float32Array(classes);
  for (const [i, weight] of model.weights.entries()) {
    scales[i % classes] = Math.max(scales[i % classes] ?? 0, Math.abs(weight) / 127);
  }
  const weights = new Int8Array(dimensions * ROW_COLUMNS);
  for (const [i, weight] of model.weights.entries()) {
    const k = i % classes;
    weights[((i - k) / classes) * ROW_COLUMNS + k] = Math.round(weight / (scales[k] ?? 1));
  }
  const { temperature, unknown } = calibration;
  return { embedder: embedder.fingerprint, dimensions, classes, temperature, unknown, scales, biases, weights };
}
