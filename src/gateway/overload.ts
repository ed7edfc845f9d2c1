// What is refused when as many requests are under way as the policy allows.
import { gatewayErrors } from './errors.ts';
import type { Gateway } from './types.ts';

/** Throws gatewayErrors.overloaded; undefined: there is room. */
export function refuseOverload(gateway: Gateway): undefined {
  const { concurrentRequests } = gateway.router().plan.limits;
  if (concurrentRequests !== undefined && gateway.ledger.openCount >= concurrentRequests)
    throw gatewayErrors.overloaded(concurrentRequests);
  return undefined;
}
