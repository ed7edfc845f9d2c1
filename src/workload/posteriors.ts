// From logits to what a text is about and asks for: each head is finished when it is asked.
import type { ClassifierModel, Sigmoid, Temperature } from './classifier-asset.ts';
import { FEEDBACKS, type Feedback, HEADS, OFFSETS, type Task, TASKS } from './heads.ts';
import type { Logits } from './linear-view.ts';
import { singles } from './slab.ts';
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
  topic(): TopicPosterior;
  task(): TaskPosterior;
  /** Expected share of mid-sized models (7 to 9 billion parameters, 2024) that fail, in [0, 1]. */
  difficulty(): number;
  /** The probability that facts about the world are asked for, in [0, 1]. */
  asksFacts(): number;
  /** As if the text stood behind an answer; whether it does is the caller's to know. */
  feedback(): FeedbackPosterior;
}

export type Parameters = Pick<ClassifierModel, 'topic' | 'task' | 'feedback' | 'difficulty' | 'facts'>;

/** The column of texts of no topic. */
const OUTSIDE: number = TOPICS.length;

/** `ends`: the logits of the text's ends alone, asked for when the task is. */
export function readingOf(parameters: Parameters, whole: Logits, ends: () => Logits): Reading {
  return new LogitReading(parameters, whole, ends);
}

/** A class rather than closures: one is made for each request. */
class LogitReading implements Reading {
  readonly #parameters: Parameters;
  readonly #whole: Logits;
  readonly #ends: () => Logits;

  constructor(parameters: Parameters, whole: Logits, ends: () => Logits) {
    this.#parameters = parameters;
    this.#whole = whole;
    this.#ends = ends;
  }

  topic(): TopicPosterior {
    const { temperature, unknown: u } = this.#parameters.topic;
    const { columns, features } = this.#whole;
    const probabilities = singles(OUTSIDE + 1);
    softmax(columns, OFFSETS.topic, OUTSIDE, temperatureOf(temperature, features), probabilities);
    // A text without features says nothing about itself.
    const unknown =
      features === 0
        ? 1
        : logistic(
            u.bias +
              u.energy * energyOf(columns) +
              u.outside * (columns[OUTSIDE] as number) +
              u.length * Math.log2(1 + features),
          );
    for (let k = 0; k < OUTSIDE; k++) probabilities[k] = (probabilities[k] as number) * (1 - unknown);
    probabilities[OUTSIDE] = unknown;
    const best = largest(probabilities);
    return { topic: TOPICS[best] ?? 'unknown', confidence: probabilities[best] ?? 0, probabilities };
  }

  task(): TaskPosterior {
    const { columns, features } = this.#ends();
    const probabilities = singles(HEADS.task.length);
    if (features === 0) probabilities[TASKS.length] = 1;
    else {
      const temperature = temperatureOf(this.#parameters.task.temperature, features);
      softmax(columns, OFFSETS.task, probabilities.length, temperature, probabilities);
    }
    const best = largest(probabilities);
    return { task: TASKS[best] ?? 'unknown', confidence: probabilities[best] ?? 0, probabilities };
  }

  difficulty(): number {
    return platt(this.#parameters.difficulty, this.#whole.columns[OFFSETS.difficulty] ?? 0);
  }

  asksFacts(): number {
    const { columns, features } = this.#whole;
    return features === 0 ? 0 : platt(this.#parameters.facts, columns[OFFSETS.facts] ?? 0);
  }

  feedback(): FeedbackPosterior {
    const { columns, features } = this.#whole;
    const temperature = temperatureOf(this.#parameters.feedback.temperature, features);
    const probabilities = singles(FEEDBACKS.length);
    softmax(columns, OFFSETS.feedback, FEEDBACKS.length, temperature, probabilities);
    const best = largest(probabilities);
    return { feedback: FEEDBACKS[best] ?? 'none', confidence: probabilities[best] ?? 0, probabilities };
  }
}

/**
 * What p(unknown) is a logistic regression of: 1, the energy of the topics (log-sum-exp of their logits, Liu et al.,
 * 2020: low for texts unlike any training data), the outside column's logit, and log2(1 + features) as a length. Topics stand first in
 * `logits`.
 */
export function unknownFeatures(logits: Float64Array, features: number): readonly [number, number, number, number] {
  return [1, energyOf(logits), logits[OUTSIDE] ?? 0, Math.log2(1 + features)];
}

function energyOf(logits: Float64Array): number {
  const highest = highestOf(logits, 0, OUTSIDE);
  let sum = 0;
  for (let k = 0; k < OUTSIDE; k++) sum += Math.exp((logits[k] as number) - highest);
  return highest + Math.log(sum);
}

export function temperatureOf({ base, length }: Temperature, features: number): number {
  return Math.exp(base + length * (Math.log2(1 + features) - 6));
}

/** Of `count` logits from `start` on, into the first entries of `out`. */
function softmax(logits: Float64Array, start: number, count: number, temperature: number, out: Float32Array): void {
  const highest = highestOf(logits, start, count);
  const cold = 1 / temperature;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const odds = Math.exp(((logits[start + k] as number) - highest) * cold);
    out[k] = odds;
    sum += odds;
  }
  const share = 1 / sum;
  for (let k = 0; k < count; k++) out[k] = (out[k] as number) * share;
}

function highestOf(logits: Float64Array, start: number, count: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let k = start; k < start + count; k++) if ((logits[k] as number) > highest) highest = logits[k] as number;
  return highest;
}

/** Of equals the earlier. */
function largest(probabilities: Float32Array): number {
  let best = 0;
  for (let k = 1; k < probabilities.length; k++) {
    if ((probabilities[k] as number) > (probabilities[best] as number)) best = k;
  }
  return best;
}

function platt({ bias, slope }: Sigmoid, logit: number): number {
  return logistic(bias + slope * logit);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
