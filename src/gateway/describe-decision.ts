// What would be decided for a request, and why, as JSON for people: nothing is sent, recorded or learnt.
import { explain, type Router } from '../router/index.ts';
import type { InferenceRequest } from '../workload/index.ts';
import { toSnakeCase } from './http/snake-case.ts';
import { workloadFacts } from './record.ts';
import { decideOn, type Decided } from './run.ts';
import type { Gateway } from './types.ts';

/** A promise where an encoder is waited for. Throws or rejects with routerErrors. */
export function describeDecision(gateway: Gateway, request: InferenceRequest): unknown {
  const router = gateway.router();
  const decided = decideOn(gateway, router, request);
  return decided instanceof Promise
    ? decided.then((told) => described(gateway, router, told))
    : described(gateway, router, decided);
}

function described(gateway: Gateway, router: Router, { decision, workload }: Decided): unknown {
  const { id, at, ...said } = decision;
  void id;
  const { model = '' } = router.arms.get(decision.stages[0].pool) ?? {};
  return {
    object: 'decision',
    at: new Date(at).toISOString(),
    ...toSnakeCase(said),
    // The names of tags are the caller's.
    workload: {
      ...toSnakeCase(workloadFacts(workload, gateway.calibration.inputTokens(workload, model))),
      tags: workload.tags,
    },
    reasons: explain(decision),
  };
}
