// Straightens a dense space: ordinary prompts are moved to its middle and spread alike in every direction, so that cosines tell topics apart.

/** Takes a vector to its straightened unit vector. `out` has its dimensions; false: it has no finite length, and `out` is not to be used. */
export type Whitener = (vector: ArrayLike<number>, out: Float32Array) => boolean;

/**
 * Fits on ordinary vectors of one dimension: out = L^-1 (v - mean) with L L^T = covariance + ridge x mean variance x I
 * (Cholesky's whitening), then unit length. An infinite ridge leaves the spread as it is and only moves; without vectors nothing is moved.
 */
export function fitWhitener(ordinary: readonly ArrayLike<number>[], dimensions: number, ridge: number): Whitener {
  const mean = new Float64Array(dimensions);
  for (const vector of ordinary) for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (vector[i] ?? 0);
  for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) / Math.max(1, ordinary.length);
  const lower =
    ordinary.length < 2 || ridge === Infinity ? undefined : cholesky(covariance(ordinary, mean, ridge), dimensions);
  const shifted = new Float64Array(dimensions);

  return (vector, out) => {
    if (vector.length !== dimensions) return false;
    let squares = 0;
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += (vector[i] ?? 0) ** 2;
    // A text that the space does not know has the zero vector: it is nowhere, not at the opposite of the mean.
    if (!(sum > 0 && sum < Infinity)) return false;
    for (let i = 0; i < dimensions; i++) {
      let value = (vector[i] ?? 0) - (mean[i] ?? 0);
      if (lower !== undefined) {
        const row = i * dimensions;
        for (let k = 0; k < i; k++) value -= (lower[row + k] ?? 0) * (shifted[k] ?? 0);
        value /= lower[row + i] ?? 1;
      }
      shifted[i] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    if (!Number.isFinite(scale)) return false;
    for (let i = 0; i < dimensions; i++) out[i] = (shifted[i] ?? 0) * scale;
    return true;
  };
}

function covariance(vectors: readonly ArrayLike<number>[], mean: Float64Array, ridge: number): Float64Array {
  const n = mean.length;
  const result = new Float64Array(n * n);
  const centred = new Float64Array(n);
  for (const vector of vectors) {
    for (let i = 0; i < n; i++) centred[i] = (vector[i] ?? 0) - (mean[i] ?? 0);
    for (let i = 0; i < n; i++) {
      const factor = (centred[i] ?? 0) / vectors.length;
      for (let j = 0; j <= i; j++) result[i * n + j] = (result[i * n + j] ?? 0) + factor * (centred[j] ?? 0);
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += result[i * n + i] ?? 0;
  // The last term keeps vectors that are all the same from having no spread at all.
  for (let i = 0; i < n; i++) result[i * n + i] = (result[i * n + i] ?? 0) + (ridge * trace) / n + 1e-9;
  return result;
}

/** The lower factor, in place; reads the lower half of a positive definite matrix. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = matrix[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) value -= (matrix[i * n + k] ?? 0) * (matrix[j * n + k] ?? 0);
      matrix[i * n + j] = i === j ? Math.sqrt(Math.max(value, 1e-12)) : value / (matrix[j * n + j] ?? 1);
    }
  }
  return matrix;
}
