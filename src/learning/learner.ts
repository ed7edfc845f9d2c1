// The learner: takes rewards and answer lengths in, gives frozen snapshots out. Numbers only; who calls it does the I/O.
import { createLinearGaussian } from './estimators/linear-gaussian.ts';
import { addAnswer, statisticsOf } from './statistics.ts';
import type { LearnerArm, LearnerSnapshot, Reward, Statistics } from './types.ts';

/** Expected output of an arm never seen, in tokens, and how many answers that guess is worth. */
const OUTPUT_PRIOR = { tokens: 250, answers: 5 } as const;

export interface Learner {
  /** Grows with everything taken in. */
  readonly version: number;
  observe(reward: Reward): void;
  /** An answer's length, to predict what the next one costs. */
  observeAnswer(arm: string, outputTokens: number): void;
  /** Arms of a new plan; statistics of arms with the same key go on. */
  configure(arms: readonly LearnerArm[]): void;
  snapshot(): LearnerSnapshot;
  /** The live sums, to be stored. */
  readonly statistics: Statistics;
}

/** `dimensions`: length of the context vectors. `statistics`: what was stored, taken over and added to. */
export function createLearner(
  arms: readonly LearnerArm[],
  dimensions: number,
  statistics: Statistics = new Map(),
): Learner {
  let version = 0;
  let known = arms;
  let estimator = createLinearGaussian(arms, dimensions, statistics);
  return {
    get version() {
      return version;
    },
    statistics,
    observe: (reward) => {
      estimator.observe(reward);
      version++;
    },
    observeAnswer: (arm, outputTokens) => {
      addAnswer(statistics, arm, outputTokens, dimensions);
      version++;
    },
    configure: (next) => {
      known = next;
      estimator = createLinearGaussian(next, dimensions, statistics);
      version++;
    },
    snapshot: () => {
      const reward = estimator.snapshot();
      const outputTokens = new Map(
        known.map(({ key }) => {
          const seen = statisticsOf(statistics, key, dimensions);
          return [
            key,
            (seen.outputTokens + OUTPUT_PRIOR.tokens * OUTPUT_PRIOR.answers) / (seen.answers + OUTPUT_PRIOR.answers),
          ];
        }),
      );
      return Object.freeze({
        version,
        predict: reward,
        expectedOutputTokens: (arm: string) => outputTokens.get(arm) ?? OUTPUT_PRIOR.tokens,
      });
    },
  };
}

/** Prices -> positions in [-0.5, 0.5], ties averaged; one arm alone stands at 0. */
export function priceRanks(prices: readonly number[]): number[] {
  if (prices.length < 2) return prices.map(() => 0);
  return prices.map((price) => {
    let below = 0;
    let same = 0;
    for (const other of prices) {
      if (other < price) below++;
      else if (other === price) same++;
    }
    return (below + (same - 1) / 2) / (prices.length - 1) - 0.5;
  });
}
