// What every engine makes of a model's numbers before anybody compares them.

/** A copy of length 1; undefined when a number is not finite or all of them are 0. */
export function unitVector(numbers: ArrayLike<number>): Float32Array | undefined {
  let squares = 0;
  for (let i = 0; i < numbers.length; i++) squares += (numbers[i] ?? 0) ** 2;
  // NaN and infinities make the sum one of theirs.
  if (!Number.isFinite(squares) || squares === 0) return undefined;
  const scale = 1 / Math.sqrt(squares);
  const vector = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) vector[i] = (numbers[i] ?? 0) * scale;
  return vector;
}
