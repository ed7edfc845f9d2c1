// The router that serves, and how that of another plan takes its place: whole or not at all, while requests run.
import type { Publish } from '../base/index.ts';
import type { Plan } from '../policy/index.ts';
import type { Router } from '../router/index.ts';

export interface RoutingParts {
  /** Rejects when the policy cannot be served. */
  readonly readPlan: () => Promise<Plan>;
  /** Gets ready all that the plan needs of its surroundings; the swap is made by calling `swap`, in the same turn as the router's. */
  readonly prepare: (plan: Plan) => Promise<Prepared>;
  readonly publish: Publish;
}

export interface Prepared {
  readonly router: Router;
  readonly swap: () => void;
}

export interface Routing {
  current(): Router;
  /** A policy that cannot be served is refused and the old one stays. One after the other, or an older text could win. */
  reload(): Promise<void>;
}

export function createRouting(first: Router, { readPlan, prepare, publish }: RoutingParts): Routing {
  let router = first;
  let reloading = Promise.resolve();

  async function takeUp(): Promise<void> {
    try {
      const plan = await readPlan();
      if (plan.fingerprint === router.plan.fingerprint) return;
      const next = await prepare(plan);
      next.swap();
      ({ router } = next);
      tell('applied', `${plan.routes.length} routes over ${plan.pools.size} pools`);
    } catch (error) {
      tell('refused', error instanceof Error ? error.message : String(error));
    }
  }

  function tell(result: 'applied' | 'refused', detail: string): void {
    publish({ kind: 'policy-reloaded', result, fingerprint: router.plan.fingerprint, detail });
  }

  return {
    current: () => router,
    reload: () => (reloading = reloading.then(takeUp)),
  };
}
