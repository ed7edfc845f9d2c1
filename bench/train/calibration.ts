// Fits and measures probabilities: temperatures, a small weighted logistic regression, calibration error, reliability, AUROC, ranks.
import type { Temperature } from '../../src/workload/classifier-asset.ts';

/** The temperature (by length) that minimises `loss`: golden-section searches along one parameter, then the other. */
export function fitTemperature(loss: (temperature: Temperature) => number): Temperature {
  let best: Temperature = { base: 0, length: 0 };
  for (let round = 0; round < 3; round++) {
    const { length } = best;
    const base = goldenSection(-3, 3, (at) => loss({ base: at, length }));
    best = { base, length: goldenSection(-0.6, 0.6, (at) => loss({ base, length: at })) };
  }
  return best;
}

function goldenSection(from: number, to: number, loss: (at: number) => number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  for (let i = 0; i < 24; i++) {
    const left = high - ratio * (high - low);
    const right = low + ratio * (high - low);
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
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
  /** Of a share rather than a hit: the share. */
  readonly correct: boolean | number;
}

/** One bin of a reliability diagram: mean confidence and share of hits of the rows that fell into it. */
export interface Bin {
  readonly rows: number;
  readonly confidence: number;
  readonly correct: number;
}

/** Equal-width bins of the confidence; empty ones are left out. */
export function reliability(rows: readonly Judged[], bins = 15): Bin[] {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, confidence: 0, correct: 0 }));
  for (const { confidence, correct } of rows) {
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))];
    if (bin === undefined) continue;
    bin.rows++;
    bin.confidence += confidence;
    bin.correct += Number(correct);
  }
  return sums
    .filter((bin) => bin.rows > 0)
    .map(({ rows: n, confidence, correct }) => ({ rows: n, confidence: confidence / n, correct: correct / n }));
}

/** Expected calibration error over equal-width bins of the confidence (Guo et al., 2017). */
export function calibrationError(rows: readonly Judged[], bins = 15): number {
  const gaps = reliability(rows, bins).map((bin) => bin.rows * Math.abs(bin.confidence - bin.correct));
  return gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, rows.length);
}

/** Rank correlation (Spearman, 1904): Pearson's of the ranks, ties at their mean. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)];
  const mean = (a.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, rank] of ranksA.entries()) {
    const [x, y] = [rank - mean, (ranksB[i] ?? 0) - mean];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).toSorted((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const ranks = values.map(() => 0);
  for (let i = 0; i < order.length;) {
    let end = i;
    while (end < order.length && values[order[end] ?? 0] === values[order[i] ?? 0]) end++;
    for (let j = i; j < end; j++) ranks[order[j] ?? 0] = (i + end - 1) / 2;
    i = end;
  }
  return ranks;
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
