// Where a topic begins: between the scores of its own examples, each seen without itself, and those of everything else.

export interface Threshold {
  /** The raw score that is mapped to 0.5. */
  readonly centre: number;
  /** Of the logistic map there: above 0. */
  readonly slope: number;
}

/** Share of the way from what is outside to what is inside. */
const WAY = 0.7;
/** The nearest of the outside, so many of a thousand, are taken for texts that are of the topic after all. */
const STRAY = 0.005;
/** Outside scores, with no example to say so. */
const OUTSIDE = 0.2;
/** How far from the centre, in shares of the gap, 0.88 (a logit of 2) is reached. */
const STEEPNESS = 4;
const LEAST_GAP = 0.1;

export function fitThreshold(inside: readonly number[], outside: readonly number[]): Threshold {
  const own = mean(inside);
  const sorted = outside.toSorted((a, b) => b - a);
  const other = sorted[Math.floor(sorted.length * STRAY)] ?? OUTSIDE;
  const centre = other + WAY * (own - other);
  return { centre, slope: STEEPNESS / Math.max(LEAST_GAP, own - other) };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
