// Which route takes a request: by the name that it asks for, then by the routes' conditions; none that has no pool where it may go.
import type { Facts, RequestFacts, Sight, SignalValue } from '../policy/index.ts';
import { confinementOf } from './confine.ts';
import type { PlannedRoute, Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import type { Confined, PassedOver } from './types.ts';

export interface FoundRoute {
  readonly route: PlannedRoute;
  readonly passedOver: readonly PassedOver[];
  /** Some arm of the route is one of its pools. */
  readonly confined: Confined | undefined;
  /** What was computed to find it. */
  readonly signals: readonly SignalValue[];
}

const NOBODY: readonly PassedOver[] = Object.freeze([]);
const NOTHING: readonly SignalValue[] = Object.freeze([]);

/** Throws routerErrors.modelNotFound, and routerErrors.confined where no pool is left. */
export function findRoute(router: Router, sight: Sight): FoundRoute {
  const { requestedModel } = sight.workload;
  const last = router.plan.aliases.get(requestedModel);
  const direct = last === undefined ? router.direct.get(requestedModel) : undefined;
  if (last === undefined && direct === undefined) {
    const known = [...router.plan.aliases.keys(), ...router.plan.pools.keys()].join(', ');
    // The name is the caller's and may be long; the header and the log need no more than its beginning.
    throw routerErrors.modelNotFound.with({ param: 'model' }, requestedModel.slice(0, 100), known);
  }
  let facts: (Facts & RequestFacts) | undefined;
  let confined: Confined | undefined;
  if (router.confine.length > 0) confined = confinementOf(router.confine, (facts = router.readFacts(sight)));
  let passedOver: PassedOver[] | undefined;
  if (last !== undefined) {
    for (let i = 0; i < last; i++) {
      const route = router.routes[i];
      if (route === undefined) continue;
      const { when } = route.plan;
      const held = when === undefined ? true : when.test((facts ??= router.readFacts(sight)));
      if (held === true && (confined === undefined || mayAnswer(route, confined))) {
        return { route, passedOver: passedOver ?? NOBODY, confined, signals: facts?.said ?? NOTHING };
      }
      passedOver ??= [];
      passedOver.push(whyPassedOver(route, held, confined));
    }
  }
  const route = direct ?? router.routes[last ?? -1];
  if (route === undefined) throw new Error(`alias "${requestedModel}" leads past the last route`);
  if (confined !== undefined && !mayAnswer(route, confined)) {
    throw routerErrors.confined.with({ param: 'model' }, requestedModel, confined.why);
  }
  return { route, passedOver: passedOver ?? NOBODY, confined, signals: facts?.said ?? NOTHING };
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
