// What would be decided for a request, and why, as JSON for people: nothing is sent, recorded or learnt.
import { explain } from '../router/index.ts';
import type { InferenceRequest } from '../workload/index.ts';
import { toSnakeCase } from './http/snake-case.ts';
import { decideOn, workloadFacts } from './run.ts';
import type { Gateway } from './types.ts';

/** Throws routerErrors. */
export function describeDecision(gateway: Gateway, request: InferenceRequest): unknown {
  const { decision, workload } = decideOn(gateway, gateway.router(), request);
  const { id, at, ...said } = decision;
  void id;
  return toSnakeCase({
    object: 'decision',
    at: new Date(at).toISOString(),
    ...said,
    workload: workloadFacts(workload),
    reasons: explain(decision),
  });
}
