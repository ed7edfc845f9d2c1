// For which aliases an encoder may have to be asked before a route is found, and how long at most.
import { usesOfAll, type Plan } from '../policy/index.ts';

/** Milliseconds by alias: the longest that any condition, or any signal that one asks, waits. Others ask no encoder. */
export function awaitedBy(plan: Plan, deadlineMs: number): ReadonlyMap<string, number> {
  const awaits = new Map<string, number>();
  for (const [alias, last] of plan.aliases) {
    // The last route takes the rest: its own condition is not asked.
    const conditions = plan.routes.slice(0, last).flatMap(({ when }) => (when === undefined ? [] : [when.uses]));
    const { signals } = usesOfAll(conditions, plan.signals);
    const waits = [
      ...conditions.map((uses) => (asksNearness(uses.calls) ? deadlineMs : 0)),
      ...signals.map((name) => {
        const signal = plan.signals.get(name);
        return signal !== undefined && asksNearness(signal.uses.calls) ? signal.deadlineMs : 0;
      }),
    ];
    const most = Math.max(0, ...waits);
    if (most > 0) awaits.set(alias, most);
  }
  return awaits;
}

function asksNearness(calls: Plan['needs']['calls']): boolean {
  return calls.some((call) => call.function === 'similar');
}
