// Least squares that forgets: additive sums of what was seen, solved with a pull towards what was believed before.

/** Sums over observations (z, t) of weight w: `square` += w z zT (upper triangle, row by row), `cross` += w z t, `weight` += w. */
export interface RidgeSums {
  weight: number;
  readonly square: Float64Array;
  readonly cross: Float64Array;
}

export function createRidgeSums(dimensions: number): RidgeSums {
  return {
    weight: 0,
    square: new Float64Array((dimensions * (dimensions + 1)) / 2),
    cross: new Float64Array(dimensions),
  };
}

/** Adds one observation, everything before it multiplied by `keep`. */
export function addObservation(sums: RidgeSums, z: Float64Array, target: number, keep: number): void {
  const { square, cross } = sums;
  const dimensions = cross.length;
  let at = 0;
  // Every index is in bounds by construction.
  for (let i = 0; i < dimensions; i++) {
    const zi = z[i] as number;
    cross[i] = keep * (cross[i] as number) + zi * target;
    for (let j = i; j < dimensions; j++, at++) square[at] = keep * (square[at] as number) + zi * (z[j] as number);
  }
  sums.weight = keep * sums.weight + 1;
}

/** Multiplies all that was seen: less than 1 forgets. */
export function scaleSums(sums: RidgeSums, by: number): void {
  sums.weight *= by;
  for (let i = 0; i < sums.square.length; i++) sums.square[i] = (sums.square[i] ?? 0) * by;
  for (let i = 0; i < sums.cross.length; i++) sums.cross[i] = (sums.cross[i] ?? 0) * by;
}

/**
 * Writes the coefficients that minimise sum w (t - zT c)^2 + sum pull_i (c_i - prior_i)^2 into `out`, by Cholesky's decomposition. `scratch` holds
 * dimensions x dimensions numbers. With every pull above 0 there is always exactly one solution.
 */
export function solveRidge(
  sums: RidgeSums,
  pull: Float64Array,
  prior: Float64Array,
  out: Float64Array,
  scratch: Float64Array,
): void {
  const n = out.length;
  const lower = scratch;
  let packed = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++, packed++) lower[j * n + i] = sums.square[packed] ?? 0;
    lower[i * n + i] = (lower[i * n + i] ?? 0) + (pull[i] ?? 0);
    out[i] = (sums.cross[i] ?? 0) + (pull[i] ?? 0) * (prior[i] ?? 0);
  }
  for (let j = 0; j < n; j++) {
    let diagonal = lower[j * n + j] ?? 0;
    for (let k = 0; k < j; k++) diagonal -= (lower[j * n + k] ?? 0) ** 2;
    // Rounding can bring it to 0 or below only where the pull is lost beside the sums.
    const root = Math.sqrt(Math.max(diagonal, 1e-9));
    lower[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let value = lower[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) value -= (lower[i * n + k] ?? 0) * (lower[j * n + k] ?? 0);
      lower[i * n + j] = value / root;
    }
  }
  for (let i = 0; i < n; i++) {
    let value = out[i] ?? 0;
    for (let k = 0; k < i; k++) value -= (lower[i * n + k] ?? 0) * (out[k] ?? 0);
    out[i] = value / (lower[i * n + i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = out[i] ?? 0;
    for (let k = i + 1; k < n; k++) value -= (lower[k * n + i] ?? 0) * (out[k] ?? 0);
    out[i] = value / (lower[i * n + i] ?? 1);
  }
}
