// Which route takes a request: by the name that it asks for, then by the routes' conditions.
import type { Facts, RequestFacts, SignalValue } from '../policy/index.ts';
import type { RequestTexts, Workload } from '../workload/index.ts';
import type { PlannedRoute, Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import { nearnessByText } from './topic-sense.ts';
import type { PassedOver } from './types.ts';

export interface FoundRoute {
  readonly route: PlannedRoute;
  readonly passedOver: readonly PassedOver[];
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

/** `waits`: a condition asks an encoder that nobody has asked yet; only of facts that say so. Throws routerErrors.modelNotFound. */
export function findRoute(router: Router, { workload, texts, facts: given }: Seen): FoundRoute | 'waits' {
  const last = router.plan.aliases.get(workload.requestedModel);
  if (last === undefined) {
    const direct = router.direct.get(workload.requestedModel);
    if (direct !== undefined) return { route: direct, passedOver: NOBODY, signals: NOTHING };
    const known = [...router.plan.aliases.keys(), ...router.plan.pools.keys()].join(', ');
    // The name is the caller's and may be long; the header and the log need no more than its beginning.
    throw routerErrors.modelNotFound.with({ param: 'model' }, workload.requestedModel.slice(0, 100), known);
  }
  let passedOver: PassedOver[] | undefined;
  let facts = given;
  for (let i = 0; i < last; i++) {
    const route = router.routes[i];
    if (route === undefined) continue;
    const { when } = route.plan;
    if (when === undefined) return { route, passedOver: passedOver ?? NOBODY, signals: facts?.said ?? NOTHING };
    facts ??= readFacts(router, workload, texts);
    const held = when.test(facts);
    if (held === true) return { route, passedOver: passedOver ?? NOBODY, signals: facts?.said ?? NOTHING };
    if (held !== false && facts.waits) return 'waits';
    passedOver ??= [];
    passedOver.push(
      held === false
        ? route.passedOver
        : { route: route.plan.name, why: `${when.source} could not be told: ${held.failed}` },
    );
  }
  const route = router.routes[last];
  if (route === undefined) throw new Error(`alias "${workload.requestedModel}" leads past the last route`);
  return { route, passedOver: passedOver ?? NOBODY, signals: facts?.said ?? NOTHING };
}

function readFacts(router: Router, workload: Workload, texts: RequestTexts | undefined): Facts & RequestFacts {
  const { topics } = router;
  const nearness = topics === undefined || texts === undefined ? undefined : nearnessByText(topics, texts);
  return router.readFacts({ workload, texts, nearness });
}
