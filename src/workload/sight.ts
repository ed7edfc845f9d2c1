// What is seen of a request's text beyond its shape: each thing is looked at when first asked for, and once.
import type { Classifier } from './classifier.ts';
import type { LanguageDetector } from './language.ts';
import type { FeedbackPosterior, Reading, TaskPosterior, TopicPosterior } from './posteriors.ts';
import { repetition } from './repetition.ts';
import { TOPICS } from './topics.ts';

/** What looks at text. */
export interface Eyes {
  readonly classifier: Classifier;
  /** Absent: every language is "unknown". */
  readonly language?: LanguageDetector | undefined;
}

/** The texts to look at; made only when somebody looks. */
export interface Turns {
  /** The text whose topic is asked: the last user turn, or the first prompt. */
  text(): string;
  /** User turns before the last, the newest first, at most `limit`. */
  earlier(limit: number): readonly string[];
  /** An answer stands before the last user turn. */
  followsAnswer(): boolean;
}

export interface Sight {
  readonly topic: TopicPosterior;
  readonly task: TaskPosterior;
  /** Expected share of mid-sized models that fail, in [0, 1]; without eyes 0.5. */
  readonly difficulty: number;
  /** The probability that facts about the world are asked for. */
  readonly asksFacts: number;
  readonly feedback: FeedbackPosterior;
  /** How much the last user turn repeats an earlier one of the conversation, in [0, 1]. */
  readonly reask: number;
  /** ISO 639-1, or "unknown". */
  readonly language: string;
  /** What has been looked at so far beside the topic, undefined: nothing. Looks at nothing itself. */
  seen(): SeenSoFar | undefined;
}

export type SeenSoFar = Partial<Omit<Sight, 'topic' | 'seen'>>;

export const NO_TOPIC: TopicPosterior = {
  topic: 'unknown',
  confidence: 1,
  probabilities: Float32Array.from({ length: TOPICS.length + 1 }, (_, i) => (i === TOPICS.length ? 1 : 0)),
};

/** Turns above this many UTF-16 units are a request of their own, whatever they begin with. */
const FEEDBACK_UNITS = 600;
const NO_FEEDBACK: FeedbackPosterior = {
  feedback: 'none',
  confidence: 1,
  probabilities: Float32Array.of(1, 0, 0, 0, 0),
};

/** Of earlier turns, these many are compared. */
const EARLIER_TURNS = 4;

/** What is seen of a request that nobody looks at: shared, and always the same. */
export const NO_SIGHT: Sight = {
  topic: NO_TOPIC,
  task: { task: 'unknown', confidence: 1, probabilities: new Float32Array(0) },
  difficulty: 0.5,
  asksFacts: 0,
  feedback: NO_FEEDBACK,
  reask: 0,
  language: 'unknown',
  seen: () => undefined,
};

/** A class with fields rather than closures: one is made for each request. */
class LazySight implements Sight {
  readonly #eyes: Eyes;
  readonly #turns: Turns;
  /** For anything but the topic. */
  #wasAsked = false;
  #text: string | undefined;
  #reading: Reading | undefined;
  #topic: TopicPosterior | undefined;
  #task: TaskPosterior | undefined;
  #difficulty: number | undefined;
  #asksFacts: number | undefined;
  #feedback: FeedbackPosterior | undefined;
  #reask: number | undefined;
  #language: string | undefined;

  constructor(eyes: Eyes, turns: Turns) {
    this.#eyes = eyes;
    this.#turns = turns;
  }

  get topic(): TopicPosterior {
    return (this.#topic ??= this.#read().topic());
  }

  get task(): TaskPosterior {
    this.#wasAsked = true;
    return (this.#task ??= this.#read().task());
  }

  get difficulty(): number {
    this.#wasAsked = true;
    return (this.#difficulty ??= this.#read().difficulty());
  }

  get asksFacts(): number {
    this.#wasAsked = true;
    return (this.#asksFacts ??= this.#read().asksFacts());
  }

  get feedback(): FeedbackPosterior {
    this.#wasAsked = true;
    return (this.#feedback ??= this.#isShortReply() ? this.#read().feedback() : NO_FEEDBACK);
  }

  get reask(): number {
    this.#wasAsked = true;
    return (this.#reask ??= repetition(this.#lastTurn(), this.#turns.earlier(EARLIER_TURNS)));
  }

  get language(): string {
    this.#wasAsked = true;
    return (this.#language ??= this.#eyes.language?.detect(this.#lastTurn()) ?? 'unknown');
  }

  seen(): SeenSoFar | undefined {
    if (!this.#wasAsked) return undefined;
    return {
      ...(this.#task !== undefined && { task: this.#task }),
      ...(this.#difficulty !== undefined && { difficulty: this.#difficulty }),
      ...(this.#asksFacts !== undefined && { asksFacts: this.#asksFacts }),
      ...(this.#feedback !== undefined && { feedback: this.#feedback }),
      ...(this.#reask !== undefined && { reask: this.#reask }),
      ...(this.#language !== undefined && { language: this.#language }),
    };
  }

  #read(): Reading {
    return (this.#reading ??= this.#eyes.classifier.read(this.#lastTurn()));
  }

  #lastTurn(): string {
    return (this.#text ??= this.#turns.text());
  }

  #isShortReply(): boolean {
    return this.#turns.followsAnswer() && this.#lastTurn().length <= FEEDBACK_UNITS && this.#lastTurn().trim() !== '';
  }
}

export function createSight(eyes: Eyes, turns: Turns): Sight {
  return new LazySight(eyes, turns);
}
