// Whether a request's route can be told at once, before an encoder is asked.
import type { Facts, RequestFacts } from '../policy/index.ts';
import type { RequestTexts, Workload } from '../workload/index.ts';
import type { Router } from './create-router.ts';
import { findRoute } from './find-route.ts';

/**
 * undefined: the route of the request is found without the encoder. Else facts for which it is to be waited, with what has been
 * computed so far: `decide` takes them when they have been given what it said.
 */
export function factsThatWait(
  router: Router,
  workload: Workload,
  texts: RequestTexts | undefined,
): (Facts & RequestFacts) | undefined {
  if (!router.awaits.has(workload.requestedModel)) return undefined;
  const facts = router.readFacts({ workload, texts, nearness: 'unasked' });
  return findRoute(router, { workload, texts, facts }) === 'waits' ? facts : undefined;
}
