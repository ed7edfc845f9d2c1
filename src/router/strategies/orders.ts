// Orders and one-sided propensities of a few arms: made once and shared, for most decisions need no others.

const MOST = 16;

/** [0, 1, … count - 1]. */
export function upTo(count: number): readonly number[] {
  return UP_TO[count] ?? indices(count);
}

/** The chosen one, then the others as they stand. */
export function chosenFirst(count: number, chosen: number): readonly number[] {
  return FIRST[count]?.[chosen] ?? first(count, chosen);
}

/** Chance 1 for one of so many. */
export function oneOf(count: number, chosen: number): readonly number[] {
  return ONE[count]?.[chosen] ?? one(count, chosen);
}

function indices(count: number): readonly number[] {
  return Object.freeze(Array.from({ length: count }, (_, i) => i));
}

function first(count: number, chosen: number): readonly number[] {
  return Object.freeze([chosen, ...indices(count).filter((i) => i !== chosen)]);
}

function one(count: number, chosen: number): readonly number[] {
  return Object.freeze(indices(count).map((i) => (i === chosen ? 1 : 0)));
}

const UP_TO = Array.from({ length: MOST + 1 }, (_, count) => indices(count));
const FIRST = UP_TO.map((all, count) => all.map((chosen) => first(count, chosen)));
const ONE = UP_TO.map((all, count) => all.map((chosen) => one(count, chosen)));
