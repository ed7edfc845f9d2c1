// Fits a prior table: a model's mean score overall and by topic, shrunk towards the overall one. Pure.

/** One answered prompt: `weights` has one entry a topic, how much of the prompt is about it, and sums to at most 1. */
export interface Observation {
  readonly fold: number;
  readonly weights: ArrayLike<number>;
  /** By model, of 0..1; null: not answered. */
  readonly scores: readonly (number | null)[];
}

export interface FittedModel {
  readonly overall: number;
  /** By topic: the mean of the scores there, and of how many. */
  readonly topics: readonly { readonly quality: number; readonly rows: number }[];
}

/**
 * quality = (sum of w x score + strength x overall) / (sum of w + strength): the posterior mean under a normal prior around the
 * model's overall mean that is worth `strength` observations (empirical Bayes, reference recipe of the category x arm means).
 */
export function fitModel(observations: readonly Observation[], model: number, strength: number): FittedModel {
  const topics = observations[0]?.weights.length ?? 0;
  const sums = new Float64Array(topics);
  const counts = new Float64Array(topics);
  let sum = 0;
  let count = 0;
  for (const { weights, scores } of observations) {
    const score = scores[model] ?? null;
    if (score === null) continue;
    sum += score;
    count++;
    for (let t = 0; t < topics; t++) {
      const w = weights[t] ?? 0;
      counts[t] = (counts[t] ?? 0) + w;
      sums[t] = (sums[t] ?? 0) + w * score;
    }
  }
  const overall = count === 0 ? 0 : sum / count;
  return {
    overall,
    topics: Array.from(counts, (rows, t) => ({
      rows,
      quality: rows + strength > 0 ? ((sums[t] ?? 0) + strength * overall) / (rows + strength) : overall,
    })),
  };
}

/** Sum over topics of weight x quality; what is of no topic counts as overall. */
export function predict({ overall, topics }: FittedModel, weights: ArrayLike<number>): number {
  let expected = 0;
  let rest = 1;
  for (const [t, { quality }] of topics.entries()) {
    const w = weights[t] ?? 0;
    expected += w * quality;
    rest -= w;
  }
  return expected + rest * overall;
}

/**
 * Mean squared error over models and prompts of what is predicted from `seen` (what a gateway sees of a prompt) for folds that are
 * held back in turn from a fit on `fitted` (what the table is made from), of which only the training folds may be handed in.
 */
export function heldBackError(
  fitted: readonly Observation[],
  seen: readonly Observation[],
  folds: readonly number[],
  strength: number,
): number {
  const models = fitted[0]?.scores.length ?? 0;
  let error = 0;
  let count = 0;
  for (const fold of folds) {
    const training = fitted.filter((row) => row.fold !== fold);
    const heldBack = seen.filter((row) => row.fold === fold);
    for (let model = 0; model < models; model++) {
      const fit = fitModel(training, model, strength);
      for (const { weights, scores } of heldBack) {
        const score = scores[model] ?? null;
        if (score === null) continue;
        error += (score - predict(fit, weights)) ** 2;
        count++;
      }
    }
  }
  return error / count;
}

/** Instead of each prompt's own weights: all on the topic that most prompts of its category are about. */
export function byCategory(observations: readonly (Observation & { readonly category: string })[]): Observation[] {
  const totals = new Map<string, Float64Array>();
  for (const { category, weights } of observations) {
    const total = totals.get(category) ?? new Float64Array(weights.length);
    for (let t = 0; t < total.length; t++) total[t] = (total[t] ?? 0) + (weights[t] ?? 0);
    totals.set(category, total);
  }
  return observations.map(({ fold, category, scores, weights }) => {
    const total = totals.get(category) ?? new Float64Array(weights.length);
    const most = total.indexOf(Math.max(...total));
    return { fold, scores, weights: Float64Array.from(total, (_, t) => (t === most ? 1 : 0)) };
  });
}
