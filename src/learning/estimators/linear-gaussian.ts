// Bayesian linear reward: r = x . u_a + noise, with u_a = shared + own part and a prior mean that rises with price
// (the core of the replay-measured recipe R, without its PCA features and intercept walk).
import { addReward } from '../statistics.ts';
import type { Estimator, LearnerArm, Reward, Statistics } from '../types.ts';

/** Prior, tuned by replay on folds 0-4 of mmlu_pro, zeroeval and llmrouter14: variances of intercept and of each topic. */
const PRIOR = {
  mean: 0.6,
  meanByPrice: 0.2,
  shared: [0.04, 0.04],
  own: [0.01, 0.01],
  byPrice: [0.02, 0.006],
} as const;

/** Rank-one updates lose a few bits each; after this many the posterior is rebuilt from the exact sums. */
const REBUILD_EVERY = 20_000;

/** `statistics` is shared with the caller and added to; arms in it that are not in `arms` are kept and ignored. */
export function createLinearGaussian(
  arms: readonly LearnerArm[],
  dimensions: number,
  statistics: Statistics,
): Estimator & { posteriorMean(arm: string): Float64Array } {
  const index = new Map(arms.map((arm, i) => [arm.key, i]));
  const size = arms.length * dimensions;
  let covariance = new Float64Array(0);
  let mean = new Float64Array(0);
  let sinceRebuild = 0;
  rebuild();

  /** P = (K0^-1 + G)^-1 by one rank-one step per column of each G's square root; mean = m0 + P (b - G m0). */
  function rebuild(): void {
    covariance = priorCovariance(arms, dimensions);
    const prior = priorMean(arms, dimensions);
    const residual = new Float64Array(size);
    for (const [a, arm] of arms.entries()) {
      const seen = statistics.get(arm.key);
      if (seen === undefined) continue;
      for (const column of squareRoot(seen.gram, dimensions)) condition(covariance, size, a * dimensions, column);
      for (let i = 0; i < dimensions; i++) {
        let explained = 0;
        for (let j = 0; j < dimensions; j++)
          explained += (seen.gram[i * dimensions + j] ?? 0) * (prior[a * dimensions + j] ?? 0);
        residual[a * dimensions + i] = (seen.moment[i] ?? 0) - explained;
      }
    }
    mean = prior;
    for (let i = 0; i < size; i++) {
      let moved = 0;
      for (let j = 0; j < size; j++) moved += (covariance[i * size + j] ?? 0) * (residual[j] ?? 0);
      mean[i] = (mean[i] ?? 0) + moved;
    }
    sinceRebuild = 0;
  }

  return {
    kind: 'linear-gaussian',
    observe: (reward) => {
      addReward(statistics, reward, dimensions);
      const arm = index.get(reward.arm);
      if (arm === undefined) return;
      if (++sinceRebuild >= REBUILD_EVERY) {
        rebuild();
        return;
      }
      update(reward, arm);
    },
    snapshot: () => freeze(index, dimensions, covariance.slice(), mean.slice()),
    posteriorMean: (arm) => {
      const at = (index.get(arm) ?? 0) * dimensions;
      return mean.slice(at, at + dimensions);
    },
  };

  function update(reward: Reward, arm: number): void {
    const { indices, values } = reward.context;
    const offset = arm * dimensions;
    let predicted = 0;
    for (const [i, row] of indices.entries()) predicted += (values[i] ?? 0) * (mean[offset + row] ?? 0);
    const corrected = reward.previousValue !== undefined;
    if (!corrected) {
      const root = Math.sqrt(reward.weight);
      const column = new Float64Array(dimensions);
      for (const [i, row] of indices.entries()) column[row] = (values[i] ?? 0) * root;
      condition(covariance, size, offset, column);
    }
    const pull = reward.weight * (corrected ? reward.value - (reward.previousValue ?? 0) : reward.value - predicted);
    for (let i = 0; i < size; i++) {
      let gain = 0;
      for (const [j, row] of indices.entries()) gain += (covariance[i * size + offset + row] ?? 0) * (values[j] ?? 0);
      mean[i] = (mean[i] ?? 0) + gain * pull;
    }
  }
}

/** P -= P x xT P / (1 + xT P x), in place, for x that is zero but for `column` at `offset` (Sherman-Morrison). */
function condition(covariance: Float64Array, size: number, offset: number, column: Float64Array): void {
  const projected = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let value = 0;
    for (let j = 0; j < column.length; j++) {
      const x = column[j] ?? 0;
      if (x !== 0) value += (covariance[i * size + offset + j] ?? 0) * x;
    }
    projected[i] = value;
  }
  let scale = 1;
  for (let j = 0; j < column.length; j++) scale += (projected[offset + j] ?? 0) * (column[j] ?? 0);
  for (let i = 0; i < size; i++) {
    const left = (projected[i] ?? 0) / scale;
    if (left === 0) continue;
    const row = i * size;
    for (let j = 0; j < size; j++) covariance[row + j] = (covariance[row + j] ?? 0) - left * (projected[j] ?? 0);
  }
}

function priorMean(arms: readonly LearnerArm[], dimensions: number): Float64Array<ArrayBuffer> {
  const mean = new Float64Array(arms.length * dimensions);
  for (const [a, arm] of arms.entries()) mean[a * dimensions] = PRIOR.mean + PRIOR.meanByPrice * arm.priceRank;
  return mean;
}

function priorCovariance(arms: readonly LearnerArm[], dimensions: number): Float64Array<ArrayBuffer> {
  const size = arms.length * dimensions;
  const covariance = new Float64Array(size * size);
  for (const [a, left] of arms.entries()) {
    for (const [b, right] of arms.entries()) {
      for (let i = 0; i < dimensions; i++) {
        const part = i === 0 ? 0 : 1;
        covariance[(a * dimensions + i) * size + b * dimensions + i] =
          PRIOR.shared[part] + (a === b ? PRIOR.own[part] : 0) + PRIOR.byPrice[part] * left.priceRank * right.priceRank;
      }
    }
  }
  return covariance;
}

/** Columns c of a positive semi-definite matrix with sum c cT = matrix (Cholesky; directions never seen are left out). */
function squareRoot(matrix: Float64Array, dimensions: number): Float64Array[] {
  const rest = matrix.slice();
  const columns: Float64Array[] = [];
  for (let k = 0; k < dimensions; k++) {
    const pivot = rest[k * dimensions + k] ?? 0;
    if (pivot <= 1e-12) continue;
    const root = Math.sqrt(pivot);
    const column = new Float64Array(dimensions);
    for (let i = k; i < dimensions; i++) column[i] = (rest[i * dimensions + k] ?? 0) / root;
    for (let i = k; i < dimensions; i++) {
      for (let j = k; j < dimensions; j++) {
        const at = i * dimensions + j;
        rest[at] = (rest[at] ?? 0) - (column[i] ?? 0) * (column[j] ?? 0);
      }
    }
    columns.push(column);
  }
  return columns;
}

function freeze(
  index: ReadonlyMap<string, number>,
  dimensions: number,
  covariance: Float64Array,
  mean: Float64Array,
): ReturnType<Estimator['snapshot']> {
  const size = mean.length;
  // Used again by every call; arms are asked for once each.
  const offsets = new Int32Array(index.size);
  const features = new Int32Array(dimensions);
  const joint = new Float64Array(index.size ** 2);
  return (context, arms) => {
    const count = arms.length;
    for (let a = 0; a < count; a++) {
      const found = index.get(arms[a] ?? '');
      if (found === undefined) throw new Error(`the learner knows no arm "${arms[a]}"`);
      offsets[a] = found * dimensions;
    }
    let present = 0;
    for (let i = 0; i < context.length; i++) if (context[i] !== 0) features[present++] = i;
    const quality: number[] = [];
    // Every index is in bounds by construction.
    for (let a = 0; a < count; a++) {
      const left = offsets[a] as number;
      let expected = 0;
      for (let f = 0; f < present; f++) {
        const i = features[f] as number;
        expected += (context[i] as number) * (mean[left + i] as number);
      }
      quality.push(expected);
      for (let b = a; b < count; b++) {
        const right = offsets[b] as number;
        let value = 0;
        for (let f = 0; f < present; f++) {
          const i = features[f] as number;
          const row = (left + i) * size + right;
          let inner = 0;
          for (let g = 0; g < present; g++) {
            const j = features[g] as number;
            inner += (context[j] as number) * (covariance[row + j] as number);
          }
          value += (context[i] as number) * inner;
        }
        joint[a * count + b] = value;
        joint[b * count + a] = value;
      }
    }
    return { quality, sd: contrastSd(joint, count) };
  };
}

/**
 * Standard deviation of each arm around the arms' common level, scaled so that independent arms keep their own:
 * what all arms share (is this a hard prompt?) says nothing about which to choose, and exploring on it only costs.
 */
function contrastSd(joint: Float64Array, count: number): number[] {
  const sd: number[] = [];
  let all = 0;
  for (let i = 0; i < count * count; i++) all += joint[i] as number;
  for (let a = 0; a < count; a++) {
    let row = 0;
    for (let b = 0; b < count; b++) row += joint[a * count + b] as number;
    const variance = (joint[a * count + a] as number) - (2 * row) / count + all / (count * count);
    sd.push(count < 2 ? 0 : Math.sqrt(Math.max(0, (variance * count) / (count - 1))));
  }
  return sd;
}
