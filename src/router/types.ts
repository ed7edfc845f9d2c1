// What goes into a decision and what comes out of it.
import type { TObject } from 'typebox';
import type { DecisionId } from '../base/index.ts';
import type { LearnerSnapshot } from '../learning/index.ts';
import type { Price, Quality, SignalValue, StrategySchema, Timeouts } from '../policy/index.ts';
import type { Workload } from '../workload/index.ts';

/** One choice: a pool of the plan. `key` names its statistics: a pool that gets another model is another arm. */
export interface Arm {
  readonly pool: string;
  readonly model: string;
  readonly key: string;
  readonly price: Price;
  readonly contextWindow: number;
}

/** What the router knows of one pool, taken at one moment. */
export interface PoolState {
  readonly healthyEndpoints: number;
  readonly inFlight: number;
  readonly inFlightTokens?: number;
  readonly queued?: number;
  /** As lately observed; undefined: no answer seen yet. */
  readonly ttftMs: number | undefined;
  readonly tpotMs: number | undefined;
}

/** By pool. */
export type PoolSnapshot = ReadonlyMap<string, PoolState>;

/** When a cascade keeps an answer. Every check that is on must pass. */
export interface AcceptRule {
  readonly notEmpty: boolean;
  readonly notTruncated: boolean;
  readonly notRefusal: boolean;
  readonly validJson: boolean;
  /** Natural logarithm, so at most 0; undefined: not looked at. */
  readonly minMeanLogprob: number | undefined;
}

/** One pool that is asked, then, if it cannot be reached, the fallbacks in order. */
export interface Stage {
  readonly pool: string;
  readonly fallbacks: readonly string[];
  /** Present on every stage of a cascade but the last. */
  readonly accept: AcceptRule | undefined;
}

export interface Candidate {
  readonly pool: string;
  readonly model: string;
  /** The arm's key, which names its statistics. */
  readonly arm: string;
  /** No candidate of the route, but one of its fallbacks: chosen only when no candidate is eligible. */
  readonly fallbackOnly: boolean;
  /** undefined: eligible. */
  readonly excluded: string | undefined;
  /** US dollars, from the input estimate and the expected output. */
  readonly expectedCostUsd: number;
  /** From what the pool was lately observed to take; undefined: not seen yet, or the strategy did not look. */
  readonly expectedTtftMs: number | undefined;
  readonly expectedE2eMs: number | undefined;
  readonly quality: number | undefined;
  readonly qualitySd: number | undefined;
  readonly utility: number | undefined;
  /** Probability with which this decision chose it first. */
  readonly propensity: number;
}

export interface PassedOver {
  readonly route: string;
  readonly why: string;
}

/** Rules of confinement that held, and the only pools that all of them leave. */
export interface Confined {
  readonly by: readonly string[];
  /** In the policy's order; empty: the rules have none in common. */
  readonly pools: readonly string[];
  /** What is said of a pool that is none of them. */
  readonly why: string;
}

export interface Decision {
  readonly id: DecisionId;
  readonly at: number;
  readonly requestedModel: string;
  readonly route: string;
  readonly strategy: string;
  readonly stages: readonly [Stage, ...Stage[]];
  readonly candidates: readonly Candidate[];
  /** Routes that were asked before the one that answered, and what they said. */
  readonly passedOver: readonly PassedOver[];
  /** undefined: no rule of confinement held. */
  readonly confined: Confined | undefined;
  /** Signals and calls whose values were asked to find the route, in that order. */
  readonly signals: readonly SignalValue[];
  /** Of the route, for all stages together. */
  readonly timeouts: Timeouts;
  /** One line, safe for a header. */
  readonly reason: string;
  readonly plan: string;
  readonly learnerVersion: number;
  /** The uniform number in [0, 1) that the choice was made with: the choice can be recomputed. */
  readonly draw: number;
}

export interface ChoiceInput {
  readonly workload: Workload;
  /** Eligible arms in the policy's order; never empty. */
  readonly arms: readonly Arm[];
  /** By arm; may be longer than `arms`. To be read while choosing: the next decision writes over it. */
  readonly expectedCostUsd: ArrayLike<number>;
  /** By arm, at most the caller's limit, 0 for an embedding; otherwise like the costs. */
  readonly expectedOutputTokens: ArrayLike<number>;
  readonly learner: LearnerSnapshot;
  readonly pools: PoolSnapshot;
  readonly draw: number;
}

/** Indices refer to `ChoiceInput.arms`. */
export interface Choice {
  /** First the chosen arm, then the others in the order to fall back to (or to go on to, in a cascade). */
  readonly order: readonly number[];
  readonly propensities: ArrayLike<number>;
  readonly utilities?: ArrayLike<number>;
  readonly quality?: ArrayLike<number>;
  readonly qualitySd?: ArrayLike<number>;
  readonly expectedTtftMs?: readonly (number | undefined)[];
  readonly expectedE2eMs?: readonly (number | undefined)[];
  /** Set by a cascade: `order` is then its stages. */
  readonly accept?: AcceptRule;
  readonly reason: string;
}

export interface Strategy {
  choose(input: ChoiceInput): Choice;
}

/** One file a strategy: its schema for the policy compiler, and how to make it from checked options. */
export interface StrategyDefinition extends StrategySchema {
  readonly schema: TObject;
  /** `route`: the name of the route that it is for; `qualities`: by pool, where the definition has a `qualitySource`. */
  create(options: Readonly<Record<string, unknown>>, route: string, qualities?: ReadonlyMap<string, Quality>): Strategy;
}
