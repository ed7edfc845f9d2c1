// A plan made ready for deciding: its arms, strategies and all that does not change from request to request are built once.
import { priceRanks, type LearnerArm } from '../learning/index.ts';
import {
  factReader,
  type CallerBook,
  type Facts,
  type Plan,
  type RequestFacts,
  type RoutePlan,
  type Sight,
} from '../policy/index.ts';
import { awaitedBy } from './awaits.ts';
import { planConfinement, type PlannedConfinement } from './confine.ts';
import { fixed } from './strategies/fixed.ts';
import { STRATEGIES } from './strategies/index.ts';
import type { TopicSense } from './topic-sense.ts';
import type { Arm, PassedOver, Strategy } from './types.ts';

export interface PlannedRoute {
  readonly plan: RoutePlan;
  /** The candidates in the policy's order. */
  readonly candidates: readonly Arm[];
  /** The candidates, and behind them those that are fallbacks only. */
  readonly arms: readonly Arm[];
  /** Positions in `arms`; undefined: the strategy's own order of the candidates. */
  readonly fallbacks: readonly number[] | undefined;
  readonly strategy: Strategy;
  /** What is said of it when its condition is false. */
  readonly passedOver: PassedOver;
}

export interface Router {
  readonly plan: Plan;
  readonly arms: ReadonlyMap<string, Arm>;
  readonly routes: readonly PlannedRoute[];
  /** By the name of a pool or a model, for requests that name one. */
  readonly direct: ReadonlyMap<string, PlannedRoute>;
  /** Rules that requests must not leave certain pools. */
  readonly confine: readonly PlannedConfinement[];
  /** What the plan's conditions see of a request: computed as it is asked. */
  readonly readFacts: (sight: Sight) => Facts & RequestFacts;
  /** undefined: the plan names no callers. */
  readonly callers: CallerBook | undefined;
  /** undefined: no condition asks how near a text comes to a topic. */
  readonly topics: TopicSense | undefined;
  /** By alias: how long at most an encoder is waited for, if its routes ask one; empty: none is ever asked. */
  readonly awaits: ReadonlyMap<string, number>;
}

/** What of a plan has to be fetched from its surroundings before it serves. */
export interface Surroundings {
  readonly callers?: CallerBook | undefined;
  readonly topics?: TopicSense | undefined;
}

const NOBODY_WAITS: ReadonlyMap<string, number> = new Map();

export const DIRECT_ROUTE = '(direct)';

export function createRouter(plan: Plan, { callers, topics }: Surroundings = {}): Router {
  const arms = new Map(
    [...plan.pools.values()].map(({ name, model, price, contextWindow }): [string, Arm] => [
      name,
      { pool: name, model, key: `${model}@${name}`, price, contextWindow },
    ]),
  );
  const direct = new Map<string, PlannedRoute>();
  for (const { model } of plan.pools.values()) {
    const sameModel = [...plan.pools.values()].filter((pool) => pool.model === model).map((pool) => pool.name);
    direct.set(model, directRoute(sameModel, plan, arms));
  }
  // A pool's own name wins over a model of that name.
  for (const name of plan.pools.keys()) direct.set(name, directRoute([name], plan, arms));
  return {
    plan,
    arms,
    routes: plan.routes.map((route) => plannedRoute(route, arms)),
    direct,
    confine: plan.confine.map(planConfinement),
    readFacts: factReader(plan),
    callers,
    topics,
    awaits: topics?.encode === undefined ? NOBODY_WAITS : awaitedBy(plan, topics.deadlineMs),
  };
}

function plannedRoute(plan: RoutePlan, known: ReadonlyMap<string, Arm>): PlannedRoute {
  const { kind, options, qualities } = plan.strategy;
  const armsOf = (pools: readonly string[]): Arm[] => pools.flatMap((pool) => known.get(pool) ?? []);
  const candidates = armsOf(plan.candidates);
  const arms = [...candidates, ...armsOf((plan.fallbacks ?? []).filter((pool) => !plan.candidates.includes(pool)))];
  return {
    plan,
    candidates,
    arms,
    fallbacks: plan.fallbacks?.map((pool) => arms.findIndex((arm) => arm.pool === pool)),
    strategy: (STRATEGIES[kind] ?? fixed).create(options, plan.name, qualities),
    passedOver: Object.freeze({ route: plan.name, why: `${plan.when?.source ?? ''} is false` }),
  };
}

function directRoute(candidates: readonly string[], { timeouts }: Plan, arms: ReadonlyMap<string, Arm>): PlannedRoute {
  const strategy = { kind: fixed.kind, options: {} };
  return plannedRoute(
    { name: DIRECT_ROUTE, when: undefined, candidates, fallbacks: undefined, strategy, timeouts },
    arms,
  );
}

/** The learner's view of the arms: their keys and how their prices compare. */
export function learnerArms(router: Router): readonly LearnerArm[] {
  const arms = [...router.arms.values()];
  // One number per price: what a request of three parts input and one part output costs.
  const ranks = priceRanks(arms.map(({ price }) => 3 * price.inputPerMTok + price.outputPerMTok));
  return arms.map(({ key }, i) => ({ key, priceRank: ranks[i] ?? 0 }));
}
