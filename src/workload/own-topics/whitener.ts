// Straightens a dense space: ordinary prompts are moved to its middle and spread alike along every axis, so that cosines tell topics apart.

/** Squares below it have lost digits: no length can be told of them. */
const SMALLEST = 1e-290;

/** Takes a vector to its straightened unit vector; false: it is of another dimension or of no finite length, and `out` is as it was. */
export type Whitener = (vector: ArrayLike<number>, out: Float64Array) => boolean;

/**
 * Fits on ordinary vectors of one dimension: out = (v - mean) / sqrt(variance + ridge x mean variance) by column, then unit length. An
 * infinite ridge leaves the spread as it is and only moves; without vectors nothing is moved. Columns of a principal component
 * analysis hardly vary together: whitening with their covariances is not better and takes their number squared.
 */
export function fitWhitener(ordinary: readonly ArrayLike<number>[], dimensions: number, ridge: number): Whitener {
  const { means, factors } = fit(ordinary, dimensions, ridge);
  const moved = new Float64Array(dimensions);
  return (vector, out) => {
    if (vector.length !== dimensions) return false;
    let given = 0;
    let squares = 0;
    for (let i = 0; i < dimensions; i++) {
      const value = vector[i] ?? 0;
      given += value * value;
      const straight = (value - (means[i] ?? 0)) * (factors[i] ?? 1);
      squares += straight * straight;
      moved[i] = straight;
    }
    // A text that the space does not know has the zero vector: it is nowhere, not opposite to the mean.
    if (!(given > 0 && given < Infinity)) return false;
    const scale = squares > SMALLEST && squares < Infinity ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < dimensions; i++) out[i] = (moved[i] ?? 0) * scale;
    return true;
  };
}

function fit(vectors: readonly ArrayLike<number>[], dimensions: number, ridge: number) {
  const means = new Float64Array(dimensions);
  const variances = new Float64Array(dimensions);
  for (const vector of vectors)
    for (let i = 0; i < dimensions; i++) means[i] = (means[i] ?? 0) + (vector[i] ?? 0) / vectors.length;
  for (const vector of vectors) {
    for (let i = 0; i < dimensions; i++)
      variances[i] = (variances[i] ?? 0) + ((vector[i] ?? 0) - (means[i] ?? 0)) ** 2 / vectors.length;
  }
  const least = ridge * (variances.reduce((sum, variance) => sum + variance, 0) / Math.max(1, dimensions));
  // Vectors that are all the same have no spread to go by.
  const isFlat = !(least > 0 && least < Infinity);
  return { means, factors: variances.map((variance) => (isFlat ? 1 : 1 / Math.sqrt(variance + least))) };
}
