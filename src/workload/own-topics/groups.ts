// How near a text is to a group of phrases: to their middle, and to the nearest of them.

/** A run of phrases: a topic's examples, or its counter-examples. */
export interface Group {
  readonly start: number;
  readonly end: number;
}

/**
 * The nearest phrase's share. With 5 examples of each of banking77's intents: 0 (the middle alone) costs one to two points of accuracy, 1
 * (the nearest alone) five.
 */
const NEAREST_SHARE = 0.4;

/** Cosines between all phrases: phrases x phrases, row by row. */
export interface Gram {
  readonly size: number;
  readonly cosines: Float64Array;
}

/** Length of the sum of the group's vectors, `but` left out. */
export function lengthOf({ size, cosines }: Gram, { start, end }: Group, but = -1): number {
  let squares = 0;
  for (let i = start; i < end; i++) {
    if (i === but) continue;
    for (let j = start; j < end; j++) if (j !== but) squares += cosines[i * size + j] ?? 0;
  }
  // Phrases that point away from each other have no middle.
  return Math.sqrt(Math.max(squares, 0.05));
}

/** From a text's cosines to the phrases, `length` as `lengthOf` gives it; the empty group is at -1, farther than any. */
export function nearness(cosines: Float64Array, { start, end }: Group, length: number, but = -1): number {
  let sum = 0;
  let nearest = -1;
  for (let i = start; i < end; i++) {
    if (i === but) continue;
    const cosine = cosines[i] ?? 0;
    sum += cosine;
    if (cosine > nearest) nearest = cosine;
  }
  return nearest === -1 ? -1 : (1 - NEAREST_SHARE) * (sum / length) + NEAREST_SHARE * nearest;
}
