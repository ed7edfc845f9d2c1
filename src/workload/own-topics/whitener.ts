// Straightens a dense space: ordinary prompts are moved to its middle and spread alike in every direction, so that cosines tell topics apart.
import { dot } from './dot.ts';

/** Takes a vector to its straightened unit vector; false: it is of another dimension or of no finite length, and `out` is as it was. */
export type Whitener = (vector: ArrayLike<number>, out: Float64Array) => boolean;

/**
 * Fits on ordinary vectors of one dimension: out = L^-1 (v - mean) with L L^T = covariance + ridge x mean variance x I
 * (Cholesky's whitening), then unit length. An infinite ridge leaves the spread as it is and only moves; without vectors nothing is moved.
 */
export function fitWhitener(ordinary: readonly ArrayLike<number>[], dimensions: number, ridge: number): Whitener {
  const mean = new Float64Array(dimensions);
  for (const vector of ordinary) {
    for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (vector[i] ?? 0) / ordinary.length;
  }
  const spread = ordinary.length < 2 || ridge === Infinity ? undefined : covariance(ordinary, mean, ridge);
  const straighten = spread === undefined ? undefined : inverseFactor(spread, dimensions);
  const centred = new Float64Array(dimensions);

  return (vector, out) => {
    if (vector.length !== dimensions) return false;
    let given = 0;
    for (let i = 0; i < dimensions; i++) {
      const value = vector[i] ?? 0;
      given += value * value;
      centred[i] = value - (mean[i] ?? 0);
    }
    // A text that the space does not know has the zero vector: it is nowhere, not opposite to the mean.
    if (!(given > 0 && given < Infinity)) return false;
    let squares = 0;
    for (let i = 0; i < dimensions; i++) {
      const value = straighten === undefined ? (centred[i] ?? 0) : dot(straighten, i * dimensions, centred, i + 1);
      squares += value * value;
      out[i] = value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < dimensions; i++) out[i] = (out[i] ?? 0) * scale;
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

/** The inverse of the lower Cholesky factor of a positive definite matrix, of which the lower half is read (and overwritten). */
function inverseFactor(matrix: Float64Array, n: number): Float64Array {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = matrix[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) value -= (matrix[i * n + k] ?? 0) * (matrix[j * n + k] ?? 0);
      matrix[i * n + j] = i === j ? Math.sqrt(Math.max(value, 1e-12)) : value / (matrix[j * n + j] ?? 1);
    }
  }
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / (matrix[j * n + j] ?? 1);
    for (let i = j + 1; i < n; i++) {
      let value = 0;
      for (let k = j; k < i; k++) value -= (matrix[i * n + k] ?? 0) * (inverse[k * n + j] ?? 0);
      inverse[i * n + j] = value / (matrix[i * n + i] ?? 1);
    }
  }
  return inverse;
}
