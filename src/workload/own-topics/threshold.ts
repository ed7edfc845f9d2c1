// Where a topic begins: told from the scores of its own examples, each seen without itself, and from those of everything else.

export interface Threshold {
  /** The raw score that is mapped to 0.5. */
  readonly centre: number;
  /** Of the logistic map there: above 0. */
  readonly slope: number;
}

/**
 * From topics' examples to the raw score with the best F1 on other texts, where one text of twenty is of the topic: least squares over
 * 3, 5, 10 and 20 examples of intents of clinc150 and banking77 (folds 0-6), alone and among others, as hashed and as encoded vectors, which
 * agree within 0.07, between which the constant and the first factor were then set. A few examples say little, so that the rest has a large part.
 */
const BASE = 0.07;
const OF_INSIDE = 0.6;
const OF_OUTSIDE = 0.2;
/** A topic of few examples is wider than they show. */
const PER_EXAMPLE = -0.19;
/** The nearest of the outside, so many of a thousand, may be of the topic after all. */
const STRAY = 0.005;
/** Raw scores are about so wide around the centre that 0.88 (a logit of 2) is this far from it. */
const SLOPE = 2 / 0.12;

/** Scores of the topic's own examples, and of texts that are taken not to be of it. */
export function fitThreshold(inside: readonly number[], outside: readonly number[]): Threshold {
  const own = inside.reduce((total, score) => total + score, 0) / Math.max(1, inside.length);
  const near = outside.toSorted((a, b) => b - a)[Math.floor(outside.length * STRAY)] ?? 0;
  return {
    centre: BASE + OF_INSIDE * own + OF_OUTSIDE * near + PER_EXAMPLE / Math.max(1, inside.length),
    slope: SLOPE,
  };
}
