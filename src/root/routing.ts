// The router that serves, and how that of another plan takes its place: whole or not at all, while requests run.
import type { Publish } from '../base/index.ts';
import type { After } from '../embedding/index.ts';
import type { Plan } from '../policy/index.ts';
import type { Router } from '../router/index.ts';
import { retryLater } from './retry-later.ts';

export interface RoutingParts {
  /** Rejects when the policy cannot be served. */
  readonly readPlan: () => Promise<Plan>;
  /** Gets ready all that the plan needs of its surroundings; the swap is made by calling `swap`, in the same turn as the router's. */
  readonly prepare: (plan: Plan) => Promise<Prepared>;
  readonly publish: Publish;
  readonly after: After;
}

export interface Prepared {
  readonly router: Router;
  readonly swap: () => void;
  /**
   * Where the router has to do without something of its surroundings that may come back: the router of the same plan that has it, or
   * undefined: not yet.
   */
  readonly complete?: (() => Promise<Router | undefined>) | undefined;
}

export interface Routing {
  current(): Router;
  /** A policy that cannot be served is refused and the old one stays. One after the other, or an older text could win. */
  reload(): Promise<void>;
  /** Stops waiting for what the router lacks. */
  close(): void;
}

/** `first` has been swapped in. */
export function createRouting(
  first: Omit<Prepared, 'swap'>,
  { readPlan, prepare, publish, after }: RoutingParts,
): Routing {
  let { router } = first;
  let reloading = Promise.resolve();
  let stopCompleting = completeLater(first);

  function completeLater({ complete }: Omit<Prepared, 'swap'>): () => void {
    if (complete === undefined) return () => undefined;
    return retryLater(complete, (whole) => (router = whole), after);
  }

  async function takeUp(): Promise<void> {
    try {
      const plan = await readPlan();
      if (plan.fingerprint === router.plan.fingerprint) return;
      const next = await prepare(plan);
      stopCompleting();
      next.swap();
      ({ router } = next);
      stopCompleting = completeLater(next);
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
    close: () => stopCompleting(),
  };
}
