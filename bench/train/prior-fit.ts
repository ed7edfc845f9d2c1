// Fits a prior table: a model's quality overall and by topic, shrunk, and how it falls with difficulty. Pure.
import { Matrix, solve } from 'ml-matrix';

/** One answered prompt: `weights` has one entry a topic, how much of the prompt is about it, and sums to at most 1. */
export interface Observation {
  readonly fold: number;
  readonly weights: ArrayLike<number>;
  /** undefined: nobody was asked. */
  readonly difficulty?: number | undefined;
  /** By model, of 0..1; null: not answered. */
  readonly scores: readonly (number | null)[];
}

export interface FittedTopic {
  readonly quality: number;
  readonly rows: number;
  /** Difficulty that `quality` is of, and change of quality by difficulty 1. */
  readonly at: number;
  readonly slope: number;
}

export interface FittedModel {
  readonly overall: number;
  readonly topics: readonly FittedTopic[];
}

export interface Recipe {
  /**
   * Qualities by topic: `means` of the scores there, each prompt by its share; or the `regression` of the scores on the shares, which
   * does not let what is half of another topic blur both.
   */
  readonly by: 'means' | 'regression';
  /** Prompts that the overall mean is worth in each topic. */
  readonly mean: number;
  /** Sum of squared differences in difficulty that the slope -1 is worth in each topic; undefined: quality does not depend on difficulty. */
  readonly slope: number | undefined;
}

/**
 * Both are posterior means under a normal prior around the model's overall mean (empirical Bayes): (sum of w x score + strength x overall) /
 * (sum of w + strength), or ridge regression on the difference to it. The slope likewise, around -1: difficulty is the expected share of
 * mid-sized models that fail, so that the middling one's quality falls by as much.
 */
export function fitModel(observations: readonly Observation[], model: number, recipe: Recipe): FittedModel {
  const answered = observations.filter(({ scores }) => (scores[model] ?? null) !== null);
  const scoreOf = ({ scores }: Observation): number => scores[model] ?? 0;
  const overall = answered.reduce((sum, one) => sum + scoreOf(one), 0) / Math.max(1, answered.length);
  const residuals = answered.map((one) => scoreOf(one) - overall);
  const count = observations[0]?.weights.length ?? 0;
  const rows = sumsOf(answered, count, () => 1);
  const moments = sumsOf(answered, count, (i) => residuals[i] ?? 0);
  const above =
    recipe.by === 'means'
      ? moments.map((moment, t) => moment / Math.max(1e-9, (rows[t] ?? 0) + recipe.mean))
      : regression(answered, moments, recipe.mean);
  return {
    overall,
    topics: Array.from(above, (difference, t): FittedTopic => {
      const quality = Math.min(1, Math.max(0, overall + difference));
      const bend =
        recipe.slope === undefined ? { at: 0, slope: 0 } : slopeOf(answered, t, quality, scoreOf, recipe.slope);
      return { quality, rows: rows[t] ?? 0, ...bend };
    }),
  };
}

/** By topic the sum of weight x value. */
function sumsOf(rows: readonly Observation[], topics: number, valueOf: (row: number) => number): Float64Array {
  const sums = new Float64Array(topics);
  for (const [i, { weights }] of rows.entries()) {
    const value = valueOf(i);
    for (let t = 0; t < topics; t++) sums[t] = (sums[t] ?? 0) + (weights[t] ?? 0) * value;
  }
  return sums;
}

function regression(rows: readonly Observation[], moments: Float64Array, strength: number): Float64Array {
  const topics = moments.length;
  const gram = new Float64Array(topics * topics);
  for (const { weights } of rows) {
    for (let i = 0; i < topics; i++) {
      const w = weights[i] ?? 0;
      // Most of a posterior is next to nothing.
      if (w < 1e-4) continue;
      for (let j = 0; j < topics; j++) gram[i * topics + j] = (gram[i * topics + j] ?? 0) + w * (weights[j] ?? 0);
    }
  }
  const matrix = Matrix.from1DArray(topics, topics, gram).add(Matrix.eye(topics).mul(Math.max(1e-9, strength)));
  return Float64Array.from(solve(matrix, Matrix.columnVector(moments)).to1DArray());
}

function slopeOf(
  answered: readonly Observation[],
  topic: number,
  quality: number,
  scoreOf: (one: Observation) => number,
  strength: number,
): Pick<FittedTopic, 'at' | 'slope'> {
  let [weight, total] = [0, 0];
  for (const { weights, difficulty } of answered) {
    if (difficulty === undefined) continue;
    weight += weights[topic] ?? 0;
    total += (weights[topic] ?? 0) * difficulty;
  }
  const at = weight > 0 ? total / weight : 0.5;
  let [product, square] = [-strength, strength];
  for (const one of answered) {
    if (one.difficulty === undefined) continue;
    const w = one.weights[topic] ?? 0;
    const z = one.difficulty - at;
    product += w * z * (scoreOf(one) - quality);
    square += w * z * z;
  }
  return { at, slope: square > 0 ? product / square : 0 };
}

/** Sum over topics of weight x quality at that difficulty; what is of no topic counts as overall. */
export function predict(
  { overall, topics }: FittedModel,
  { weights, difficulty }: Pick<Observation, 'weights' | 'difficulty'>,
): number {
  let expected = 0;
  let rest = 1;
  for (const [t, { quality, at, slope }] of topics.entries()) {
    const w = weights[t] ?? 0;
    expected += w * Math.min(1, Math.max(0, quality + slope * ((difficulty ?? at) - at)));
    rest -= w;
  }
  return expected + rest * overall;
}

export interface HeldBack {
  /** Mean squared error over models and prompts. */
  readonly error: number;
  /** Mean of `chosen`. */
  readonly quality: number;
  /** Score of the model of `pool` of which most is expected, by prompt that all of them answered. */
  readonly chosen: readonly number[];
}

/**
 * Each of the folds is predicted from what a gateway sees of its prompts (`seen`) by a fit on the others (`fitted`: what the table
 * is made from). Of both, only training folds may be handed in.
 */
export function heldBack(
  fitted: readonly Observation[],
  seen: readonly Observation[],
  { folds, pool }: { readonly folds: readonly number[]; readonly pool: readonly number[] },
  recipe: Recipe,
): HeldBack {
  let [error, predictions] = [0, 0];
  const chosen: number[] = [];
  for (const fold of folds) {
    const training = fitted.filter((row) => row.fold !== fold);
    const models = Array.from({ length: seen[0]?.scores.length ?? 0 }, (_, m) => fitModel(training, m, recipe));
    for (const row of seen) {
      if (row.fold !== fold) continue;
      const expected = models.map((model) => predict(model, row));
      for (const [m, prediction] of expected.entries()) {
        const score = row.scores[m] ?? null;
        if (score === null) continue;
        error += (score - prediction) ** 2;
        predictions++;
      }
      if (pool.some((m) => (row.scores[m] ?? null) === null)) continue;
      const best = pool.reduce((a, b) => ((expected[b] ?? 0) > (expected[a] ?? 0) ? b : a), pool[0] ?? 0);
      chosen.push(row.scores[best] ?? 0);
    }
  }
  return { error: error / Math.max(1, predictions), quality: mean(chosen), chosen };
}

/** What `one` chooses better than `other` of the same prompts, and its standard error: paired. */
export function lead(one: HeldBack, other: HeldBack): { readonly value: number; readonly se: number } {
  const gains = one.chosen.map((score, i) => score - (other.chosen[i] ?? 0));
  const value = mean(gains);
  return { value, se: Math.sqrt(mean(gains.map((gain) => (gain - value) ** 2)) / Math.max(1, gains.length)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Instead of each prompt's own weights: all on the topic that most prompts of its category are about. */
export function byCategory(observations: readonly (Observation & { readonly category: string })[]): Observation[] {
  const totals = new Map<string, Float64Array>();
  for (const { category, weights } of observations) {
    const total = totals.get(category) ?? new Float64Array(weights.length);
    for (let t = 0; t < total.length; t++) total[t] = (total[t] ?? 0) + (weights[t] ?? 0);
    totals.set(category, total);
  }
  return observations.map(({ category, weights, ...rest }) => {
    const total = totals.get(category) ?? new Float64Array(weights.length);
    const most = total.indexOf(Math.max(...total));
    return { ...rest, weights: Float64Array.from(total, (_, t) => (t === most ? 1 : 0)) };
  });
}
