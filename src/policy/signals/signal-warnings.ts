// What of a policy's own definitions nothing asks, and what has no effect.
import type { Path } from '../compiling.ts';
import type { Plan } from '../types.ts';
import type { WellShaped } from '../well-shaped.ts';
import { usesOfAll } from './cost.ts';

export function warnOfSignals(
  plan: Plan,
  document: WellShaped,
  warn: (path: Path, message: string, key?: boolean) => void,
): void {
  const conditions = [...plan.routes, ...plan.confine].flatMap(({ when }) => (when === undefined ? [] : [when.uses]));
  const asked = usesOfAll(conditions, plan.signals);
  // Keywords of a signal that nobody asks are that signal's matter.
  const mentioned = usesOfAll([...conditions, ...[...plan.signals.values()].map(({ uses }) => uses)], plan.signals);
  for (const name of plan.keywords.keys()) {
    if (!mentioned.calls.some((call) => call.function !== 'similar' && call.argument === name))
      warn(['keywords', name], `nothing asks keywords("${name}")`, true);
  }
  for (const { name } of plan.topics) {
    if (!mentioned.calls.some((call) => call.function === 'similar' && call.argument === name))
      warn(['topics', name], `nothing asks similar("${name}")`, true);
  }
  for (const { name, cost, uses } of plan.signals.values()) {
    if (!asked.signals.includes(name)) warn(['signals', name], `no condition asks signals.${name}`, true);
    const isAwaited = cost === 'encoder' && uses.calls.some((call) => call.function === 'similar');
    if (!isAwaited && document.signals.get(name)?.deadlineMs !== undefined)
      warn(['signals', name, 'deadlineMs'], `never reached: nothing that "${name}" asks is waited for`);
  }
}
