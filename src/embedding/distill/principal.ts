// Principal components of many vectors: the few directions that keep the most of them.
import type { Random } from '../../base/index.ts';

export interface Projection {
  readonly mean: Float64Array;
  /** columns x dimensions, orthonormal, by falling variance. */
  readonly axes: Float64Array;
}

/** More than enough for the leading axes of a spectrum that falls as those of sentence vectors do. */
const ROUNDS = 60;
/** Axes beyond those asked for: they take the mixing with what is left out. */
const SPARE = 16;
/** Vectors that the covariance is taken over, evenly out of all: more move no axis that counts. */
const SAMPLE = 10_000;

/** By orthogonal iteration on the covariance matrix (Golub & Van Loan, 8.2.4). `rows`: n x dimensions. */
export function principalAxes(rows: Float32Array, dimensions: number, columns: number, random: Random): Projection {
  const mean = meanOf(rows, dimensions);
  const covariance = covarianceOf(rows, mean);
  const width = Math.min(dimensions, columns + SPARE);
  let axes = Float64Array.from({ length: width * dimensions }, () => random() - 0.5);
  orthonormalise(axes, dimensions);
  for (let round = 0; round < ROUNDS; round++) {
    axes = multiply(axes, covariance, dimensions);
    orthonormalise(axes, dimensions);
  }
  return { mean, axes: axes.slice(0, columns * dimensions) };
}

/** Onto the axes, without the mean; n x columns. */
export function project(rows: Float32Array, { mean, axes }: Projection): Float32Array {
  const dimensions = mean.length;
  const out = new Float32Array((rows.length / dimensions) * (axes.length / dimensions));
  const centred = new Float64Array(dimensions);
  let next = 0;
  for (let row = 0; row < rows.length; row += dimensions) {
    for (let k = 0; k < dimensions; k++) centred[k] = (rows[row + k] ?? 0) - (mean[k] ?? 0);
    for (let axis = 0; axis < axes.length; axis += dimensions) {
      let sum = 0;
      for (let k = 0; k < dimensions; k++) sum += (centred[k] ?? 0) * (axes[axis + k] ?? 0);
      out[next++] = sum;
    }
  }
  return out;
}

export function meanOf(rows: Float32Array, dimensions: number): Float64Array {
  const mean = new Float64Array(dimensions);
  for (let row = 0; row < rows.length; row += dimensions) {
    for (let k = 0; k < dimensions; k++) mean[k] = (mean[k] ?? 0) + (rows[row + k] ?? 0);
  }
  return mean.map((sum) => sum / (rows.length / dimensions));
}

/** Times the number of vectors that it was taken over. */
function covarianceOf(rows: Float32Array, mean: Float64Array): Float64Array {
  const n = mean.length;
  const out = new Float64Array(n * n);
  const centred = new Float64Array(n);
  const step = Math.ceil(rows.length / n / SAMPLE) * n;
  for (let row = 0; row < rows.length; row += step) {
    for (let k = 0; k < n; k++) centred[k] = (rows[row + k] ?? 0) - (mean[k] ?? 0);
    for (let i = 0; i < n; i++) {
      const value = centred[i] ?? 0;
      const at = i * n;
      for (let j = 0; j <= i; j++) out[at + j] = (out[at + j] ?? 0) + value * (centred[j] ?? 0);
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j] ?? 0;
  return out;
}

/** rows x matrix, the matrix symmetric. */
function multiply(rows: Float64Array, matrix: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += n) {
    for (let i = 0; i < n; i++) {
      const value = rows[at + i] ?? 0;
      for (let j = 0; j < n; j++) out[at + j] = (out[at + j] ?? 0) + value * (matrix[i * n + j] ?? 0);
    }
  }
  return out;
}

/** Rows, by Gram and Schmidt; the first keeps its direction. */
function orthonormalise(rows: Float64Array, n: number): void {
  for (let at = 0; at < rows.length; at += n) {
    for (let before = 0; before < at; before += n) {
      let dot = 0;
      for (let k = 0; k < n; k++) dot += (rows[at + k] ?? 0) * (rows[before + k] ?? 0);
      for (let k = 0; k < n; k++) rows[at + k] = (rows[at + k] ?? 0) - dot * (rows[before + k] ?? 0);
    }
    let squares = 0;
    for (let k = 0; k < n; k++) squares += (rows[at + k] ?? 0) ** 2;
    const scale = 1 / Math.sqrt(squares || 1);
    for (let k = 0; k < n; k++) rows[at + k] = (rows[at + k] ?? 0) * scale;
  }
}
