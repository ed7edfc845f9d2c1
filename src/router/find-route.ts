// Which route takes a request: by the name that it asks for, then by the routes' conditions; none that has no pool where it may go.
import type { Facts } from '../policy/index.ts';
import type { Workload } from '../workload/index.ts';
import { confinementOf } from './confine.ts';
import type { PlannedRoute, Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import type { Confined, PassedOver } from './types.ts';

export interface FoundRoute {
  readonly route: PlannedRoute;
  readonly passedOver: readonly PassedOver[];
  /** Some arm of the route is one of its pools. */
  readonly confined: Confined | undefined;
}

const NOBODY: readonly PassedOver[] = Object.freeze([]);

/** Throws routerErrors.modelNotFound, and routerErrors.confined where no pool is left. */
export function findRoute(router: Router, workload: Workload): FoundRoute {
  const last = router.plan.aliases.get(workload.requestedModel);
  const direct = last === undefined ? router.direct.get(workload.requestedModel) : undefined;
  if (last === undefined && direct === undefined) {
    const known = [...router.plan.aliases.keys(), ...router.plan.pools.keys()].join(', ');
    // The name is the caller's and may be long; the header and the log need no more than its beginning.
    throw routerErrors.modelNotFound.with({ param: 'model' }, workload.requestedModel.slice(0, 100), known);
  }
  let facts: Facts | undefined;
  let confined: Confined | undefined;
  if (router.confine.length > 0) confined = confinementOf(router.confine, (facts = router.readFacts(workload)));
  let passedOver: PassedOver[] | undefined;
  if (last !== undefined) {
    for (let i = 0; i < last; i++) {
      const route = router.routes[i];
      if (route === undefined) continue;
      const { when } = route.plan;
      const held = when === undefined ? true : when.test((facts ??= router.readFacts(workload)));
      if (held === true && (confined === undefined || mayAnswer(route, confined))) {
        return { route, passedOver: passedOver ?? NOBODY, confined };
      }
      passedOver ??= [];
      passedOver.push(whyPassedOver(route, held, confined));
    }
  }
  const route = direct ?? router.routes[last ?? -1];
  if (route === undefined) throw new Error(`alias "${workload.requestedModel}" leads past the last route`);
  if (confined !== undefined && !mayAnswer(route, confined)) {
    throw routerErrors.confined.with({ param: 'model' }, workload.requestedModel, confined.why);
  }
  return { route, passedOver: passedOver ?? NOBODY, confined };
}

function mayAnswer({ arms }: PlannedRoute, { pools }: Confined): boolean {
  return arms.some(({ pool }) => pools.includes(pool));
}

function whyPassedOver(
  { plan, passedOver }: PlannedRoute,
  held: boolean | { readonly failed: string },
  confined: Confined | undefined,
): PassedOver {
  if (held === false) return passedOver;
  if (held === true) return { route: plan.name, why: `none of its pools may answer: ${confined?.why ?? ''}` };
  return { route: plan.name, why: `${plan.when?.source ?? ''} could not be told: ${held.failed}` };
}
