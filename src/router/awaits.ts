// For which names that are asked for an encoder may have to be asked before a route is found, and how long at most.
import { usesOfAll, type Plan, type RoutePlan } from '../policy/index.ts';

/** Milliseconds by alias, pool or model: the longest that any condition, or any signal that one asks, waits. Others ask no encoder. */
export function awaitedBy(plan: Plan, deadlineMs: number): ReadonlyMap<string, number> {
  const awaits = new Map<string, number>();
  const add = (name: string, asked: readonly Pick<RoutePlan, 'when'>[]): void => {
    const most = longestWait(plan, asked, deadlineMs);
    if (most > 0 && !awaits.has(name)) awaits.set(name, most);
  };
  // The last route takes the rest: its own condition is not asked.
  for (const [alias, last] of plan.aliases) add(alias, [...plan.routes.slice(0, last), ...plan.confine]);
  // Of a pool or a model that is named, nothing but where it may not go.
  for (const { name, model } of plan.pools.values()) {
    add(name, plan.confine);
    add(model, plan.confine);
  }
  return awaits;
}

function longestWait(plan: Plan, asked: readonly Pick<RoutePlan, 'when'>[], deadlineMs: number): number {
  const conditions = asked.flatMap(({ when }) => (when === undefined ? [] : [when.uses]));
  const { signals } = usesOfAll(conditions, plan.signals);
  const waits = [
    ...conditions.map((uses) => (asksNearness(uses.calls) ? deadlineMs : 0)),
    ...signals.map((name) => {
      const signal = plan.signals.get(name);
      return signal !== undefined && asksNearness(signal.uses.calls) ? signal.deadlineMs : 0;
    }),
  ];
  return Math.max(0, ...waits);
}

function asksNearness(calls: Plan['needs']['calls']): boolean {
  return calls.some((call) => call.function === 'similar');
}
