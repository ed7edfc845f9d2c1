// Additive sufficient statistics of the arms: what is stored, merged and never depends on the order of observations.
import type { ArmStatistics, Reward, SparseContext, Statistics } from './types.ts';

function emptyStatistics(dimensions: number): ArmStatistics {
  return {
    observations: 0,
    gram: new Float64Array(dimensions * dimensions),
    moment: new Float64Array(dimensions),
    answers: 0,
    outputTokens: 0,
  };
}

export function statisticsOf(statistics: Statistics, arm: string, dimensions: number): ArmStatistics {
  let found = statistics.get(arm);
  if (found === undefined) statistics.set(arm, (found = emptyStatistics(dimensions)));
  return found;
}

/** A += w x xT and b += w r x; a corrected reward only moves b. */
export function addReward(statistics: Statistics, reward: Reward, dimensions: number): void {
  const arm = statisticsOf(statistics, reward.arm, dimensions);
  const { indices, values } = reward.context;
  const delta = reward.value - (reward.previousValue ?? 0);
  for (const [i, row] of indices.entries()) {
    const x = (values[i] ?? 0) * reward.weight;
    arm.moment[row] = (arm.moment[row] ?? 0) + x * delta;
    if (reward.previousValue !== undefined) continue;
    for (const [j, column] of indices.entries()) {
      const at = row * dimensions + column;
      arm.gram[at] = (arm.gram[at] ?? 0) + x * (values[j] ?? 0);
    }
  }
  if (reward.previousValue === undefined) arm.observations++;
}

export function addAnswer(statistics: Statistics, arm: string, outputTokens: number, dimensions: number): void {
  const found = statisticsOf(statistics, arm, dimensions);
  found.answers++;
  found.outputTokens += outputTokens;
}

/** Dense features -> their non-zeros. */
export function sparse(context: ArrayLike<number>): SparseContext {
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < context.length; i++) {
    const value = context[i] ?? 0;
    if (value === 0) continue;
    indices.push(i);
    values.push(value);
  }
  return { indices, values };
}

/**
 * Precision of a reward in [0, 1] whose expectation was `mean`: 1 / clip(m (1 - m), .06, .25), a Bernoulli's variance kept from 0.
 * It takes the prediction logged with the decision, not the learner's state on arrival, so that the order of rewards does not matter.
 */
export function observationWeight(mean: number): number {
  const variance = mean * (1 - mean);
  return 1 / Math.min(0.25, Math.max(0.06, variance));
}
