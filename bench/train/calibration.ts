// Fits and measures probabilities: temperature, a small weighted logistic regression, calibration error, AUROC.

/** The temperature in [0.05, 20] that minimises `loss`, by golden-section search over its logarithm. */
export function fitTemperature(loss: (temperature: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(0.05);
  let high = Math.log(20);
  for (let i = 0; i < 60; i++) {
    const left = high - ratio * (high - low);
    const right = low + ratio * (high - low);
    if (loss(Math.exp(left)) < loss(Math.exp(right))) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

export interface LogisticRow {
  readonly features: readonly number[];
  readonly positive: boolean;
  readonly weight: number;
}

/** Newton's method with a small ridge; returns one coefficient a feature (put a 1 first for the intercept). */
export function fitLogistic(rows: readonly LogisticRow[], ridge = 1e-4): number[] {
  const size = rows[0]?.features.length ?? 0;
  const beta = Array.from({ length: size }, () => 0);
  for (let round = 0; round < 30; round++) {
    // One augmented row a coefficient: the Hessian, then the gradient.
    const system = beta.map((b, i) => [...beta.map((_, j) => (i === j ? ridge : 0)), -ridge * b]);
    for (const { features, positive, weight } of rows) {
      const z = features.reduce((sum, x, i) => sum + x * (beta[i] ?? 0), 0);
      const p = 1 / (1 + Math.exp(-z));
      for (const [i, line] of system.entries()) {
        const x = weight * (features[i] ?? 0);
        for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + x * (features[j] ?? 0) * p * (1 - p);
        line[size] = (line[size] ?? 0) + x * ((positive ? 1 : 0) - p);
      }
    }
    const step = solve(system);
    for (let i = 0; i < size; i++) beta[i] = (beta[i] ?? 0) + (step[i] ?? 0);
    if (Math.max(...step.map(Math.abs)) < 1e-9) break;
  }
  return beta;
}

/** Gaussian elimination with partial pivoting of an augmented n x (n + 1) system. */
function solve(system: number[][]): number[] {
  const size = system.length;
  for (let i = 0; i < size; i++) {
    const rest = system.slice(i).toSorted((a, b) => Math.abs(b[i] ?? 0) - Math.abs(a[i] ?? 0));
    system.splice(i, rest.length, ...rest);
    const pivot = system[i] ?? [];
    for (let row = i + 1; row < size; row++) {
      const line = system[row] ?? [];
      const factor = (line[i] ?? 0) / (pivot[i] ?? 1);
      for (let j = i; j <= size; j++) line[j] = (line[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  }
  const out = Array.from({ length: size }, () => 0);
  for (let i = size - 1; i >= 0; i--) {
    const line = system[i] ?? [];
    let value = line[size] ?? 0;
    for (let j = i + 1; j < size; j++) value -= (line[j] ?? 0) * (out[j] ?? 0);
    out[i] = value / (line[i] ?? 1);
  }
  return out;
}

export interface Judged {
  readonly confidence: number;
  readonly correct: boolean;
}

/** Expected calibration error over equal-width bins of the confidence (Guo et al., 2017). */
export function calibrationError(rows: readonly Judged[], bins = 15): number {
  const gaps = Array.from({ length: bins }, () => 0);
  for (const { confidence, correct } of rows) {
    const bin = Math.min(bins - 1, Math.floor(confidence * bins));
    gaps[bin] = (gaps[bin] ?? 0) + confidence - (correct ? 1 : 0);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / Math.max(1, rows.length);
}

/** P(a positive's score > a negative's), ties count half. */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  const sorted = [
    ...positives.map((score) => ({ score, positive: true })),
    ...negatives.map((score) => ({ score, positive: false })),
  ].toSorted((a, b) => a.score - b.score);
  let sum = 0;
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (end < sorted.length && sorted[end]?.score === sorted[i]?.score) end++;
    // Every member of a tie gets the tie's mean rank.
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) if (sorted[i]?.positive === true) sum += rank;
  }
  const n = positives.length;
  return (sum - (n * (n + 1)) / 2) / (n * negatives.length);
}
