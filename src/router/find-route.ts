// Which route takes a request: by the name that it asks for, then by the routes' conditions; none that has no pool where it may go.
import type { Facts, RequestFacts, SignalValue } from '../policy/index.ts';
import type { RequestTexts, Workload } from '../workload/index.ts';
import { confinementOf } from './confine.ts';
import type { PlannedRoute, Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import { nearnessByText } from './topic-sense.ts';
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

export interface Seen {
  readonly workload: Workload;
  readonly texts: RequestTexts | undefined;
  /** undefined: made when a condition is asked. */
  readonly facts: (Facts & RequestFacts) | undefined;
}

/**
 * `waits`: a condition asks an encoder that nobody has asked yet; only of facts that say so. Throws routerErrors.modelNotFound, and
 * routerErrors.confined where no pool is left.
 */
export function findRoute(router: Router, { workload, texts, facts: given }: Seen): FoundRoute | 'waits' {
  const { requestedModel } = workload;
  const last = router.plan.aliases.get(requestedModel);
  const direct = last === undefined ? router.direct.get(requestedModel) : undefined;
  if (last === undefined && direct === undefined) {
    const known = [...router.plan.aliases.keys(), ...router.plan.pools.keys()].join(', ');
    // The name is the caller's and may be long; the header and the log need no more than its beginning.
    throw routerErrors.modelNotFound.with({ param: 'model' }, requestedModel.slice(0, 100), known);
  }
  let facts = given;
  let confined: Confined | undefined;
  if (router.confine.length > 0) {
    facts ??= readFacts(router, workload, texts);
    confined = confinementOf(router.confine, facts);
    // What cannot be told confines, but this can be told yet.
    if (facts.waits) return 'waits';
  }
  let passedOver: PassedOver[] | undefined;
  if (last !== undefined) {
    for (let i = 0; i < last; i++) {
      const route = router.routes[i];
      if (route === undefined) continue;
      const { when } = route.plan;
      const held = when === undefined ? true : when.test((facts ??= readFacts(router, workload, texts)));
      if (held === true && (confined === undefined || mayAnswer(route, confined))) {
        return { route, passedOver: passedOver ?? NOBODY, confined, signals: facts?.said ?? NOTHING };
      }
      if (typeof held === 'object' && facts?.waits === true) return 'waits';
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

function readFacts(router: Router, workload: Workload, texts: RequestTexts | undefined): Facts & RequestFacts {
  const { topics } = router;
  const nearness = topics === undefined || texts === undefined ? undefined : nearnessByText(topics, texts);
  return router.readFacts({ workload, texts, nearness });
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
