// The learner: takes rewards and answer lengths in, gives frozen snapshots out. Numbers only; who calls it does the I/O.
import { createLinearGaussian } from './estimators/linear-gaussian.ts';
import { addAnswer } from './statistics.ts';
import type { LearnerArm, LearnerSnapshot, Reward, Statistics } from './types.ts';

/** Expected output before any answer, in tokens, and how many answers that guess is worth against the arms' common mean. */
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
  /** Copied anew after a reward, not after an answer: of many arms it is large. */
  let predict: LearnerSnapshot['predict'] | undefined;
  return {
    get version() {
      return version;
    },
    statistics,
    observe: (reward) => {
      estimator.observe(reward);
      predict = undefined;
      version++;
    },
    observeAnswer: (arm, outputTokens) => {
      addAnswer(statistics, arm, outputTokens, dimensions);
      version++;
    },
    configure: (next) => {
      known = next;
      estimator = createLinearGaussian(next, dimensions, statistics);
      predict = undefined;
      version++;
    },
    snapshot: () => {
      predict ??= estimator.snapshot();
      const outputTokens = expectedOutputTokens(known, statistics);
      return Object.freeze({
        version,
        predict,
        expectedOutputTokens: (arm: string) => outputTokens.get(arm) ?? OUTPUT_PRIOR.tokens,
      });
    },
  };
}

/** An arm's own mean, shrunk to the mean of all arms: how long answers are depends on the callers more than on the model. */
function expectedOutputTokens(arms: readonly LearnerArm[], statistics: Statistics): Map<string, number> {
  const { answers: worth } = OUTPUT_PRIOR;
  let answers = 0;
  let tokens = 0;
  for (const { key } of arms) {
    answers += statistics.get(key)?.answers ?? 0;
    tokens += statistics.get(key)?.outputTokens ?? 0;
  }
  const common = (tokens + OUTPUT_PRIOR.tokens * worth) / (answers + worth);
  return new Map(
    arms.map(({ key }) => {
      const own = statistics.get(key);
      return [key, ((own?.outputTokens ?? 0) + common * worth) / ((own?.answers ?? 0) + worth)];
    }),
  );
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
