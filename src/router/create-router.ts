// A plan made ready for deciding: its arms and strategies are built once, not per request.
import { priceRanks, type LearnerArm } from '../learning/index.ts';
import type { Plan, RoutePlan } from '../policy/index.ts';
import { fixed } from './strategies/fixed.ts';
import { STRATEGIES } from './strategies/index.ts';
import type { Arm, Strategy } from './types.ts';

export interface PlannedRoute {
  readonly plan: RoutePlan;
  readonly arms: readonly Arm[];
  readonly strategy: Strategy;
}

export interface Router {
  readonly plan: Plan;
  readonly arms: ReadonlyMap<string, Arm>;
  readonly routes: readonly PlannedRoute[];
  /** By the name of a pool or a model, for requests that name one. */
  readonly direct: ReadonlyMap<string, PlannedRoute>;
  readonly conditional: boolean;
}

export const DIRECT_ROUTE = '(direct)';

export function createRouter(plan: Plan): Router {
  const arms = new Map(
    [...plan.pools.values()].map(({ name, model, price, contextWindow }): [string, Arm] => [
      name,
      { pool: name, model, key: `${model}@${name}`, price, contextWindow },
    ]),
  );
  const armsOf = (pools: readonly string[]): Arm[] => pools.flatMap((pool) => arms.get(pool) ?? []);
  const routes = plan.routes.map((route): PlannedRoute => {
    const definition = STRATEGIES[route.strategy.kind] ?? fixed;
    return { plan: route, arms: armsOf(route.candidates), strategy: definition.create(route.strategy.options) };
  });
  const direct = new Map<string, PlannedRoute>();
  for (const { model } of plan.pools.values()) {
    const sameModel = [...plan.pools.values()].filter((pool) => pool.model === model).map((pool) => pool.name);
    direct.set(model, directRoute(sameModel, armsOf(sameModel)));
  }
  // A pool's own name wins over a model of that name.
  for (const name of plan.pools.keys()) direct.set(name, directRoute([name], armsOf([name])));
  return { plan, arms, routes, direct, conditional: plan.routes.some((route) => route.when !== undefined) };
}

function directRoute(candidates: readonly string[], arms: readonly Arm[]): PlannedRoute {
  return {
    plan: { name: DIRECT_ROUTE, when: undefined, candidates, strategy: { kind: 'fixed', options: {} } },
    arms,
    strategy: fixed.create({}),
  };
}

/** The learner's view of the arms: their keys and how their prices compare. */
export function learnerArms(router: Router): readonly LearnerArm[] {
  const arms = [...router.arms.values()];
  // One number per price: what a request of three parts input and one part output costs.
  const ranks = priceRanks(arms.map(({ price }) => 3 * price.inputPerMTok + price.outputPerMTok));
  return arms.map(({ key }, i) => ({ key, priceRank: ranks[i] ?? 0 }));
}
