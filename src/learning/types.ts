// The interfaces between what predicts reward (estimator), what turns predictions into chances (explorer), and who asks.

/** One choice that a learner can score. `key` names the statistics; they outlive policies as long as the key is the same. */
export interface LearnerArm {
  readonly key: string;
  /** Position of its price among the arms, in [-0.5, 0.5], ties averaged: the prior expects dearer models to be better. */
  readonly priceRank: number;
}

/** What one decision taught. Additive: `previousValue` is what an earlier reward of the same decision already added. */
export interface Reward {
  readonly arm: string;
  /** The decision's feature vector, as sparse pairs of index and value. */
  readonly context: SparseContext;
  /** In [0, 1]. */
  readonly value: number;
  readonly previousValue: number | undefined;
  /** Precision of the observation (1 / noise variance); see `observationWeight`. */
  readonly weight: number;
  /** Probability with which the arm was chosen; undefined when it answered by fallback. */
  readonly propensity: number | undefined;
}

export interface SparseContext {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/** Predictions for the arms asked for, in that order. */
export interface Predictions {
  /** Expected reward. */
  readonly quality: readonly number[];
  /** Standard deviation of each arm's reward against the arms' common level: what is uncertain about the *choice*. */
  readonly sd: readonly number[];
}

/** Frozen knowledge: what the router reads while the learner goes on. */
export interface LearnerSnapshot {
  readonly version: number;
  /** Throws for an arm that the learner was not configured with. */
  readonly predict: (context: Float32Array, arms: readonly string[]) => Predictions;
  expectedOutputTokens(arm: string): number;
}

/** Additive sufficient statistics of one arm: sums over observations, so that replicas can be merged in any order. */
export interface ArmStatistics {
  /** Rewards seen. */
  observations: number;
  /** Sum of w x xT, d x d, row-major. */
  gram: Float64Array;
  /** Sum of w r x, d. */
  moment: Float64Array;
  answers: number;
  outputTokens: number;
}

export type Statistics = Map<string, ArmStatistics>;

export interface Estimator {
  readonly kind: string;
  /** Takes one reward in; O(N^2) for N = arms x features. */
  observe(reward: Reward): void;
  /** A copy that later observations do not change. */
  snapshot(): LearnerSnapshot['predict'];
}

export interface Explorer {
  readonly kind: string;
  /** Utilities and their standard deviations -> probabilities of choosing each; sums to 1, none under `floor` / arms. */
  probabilities(utility: ArrayLike<number>, sd: ArrayLike<number>): number[];
}
