// Rules of confinement that leave requests without any pool: by one another, or because no route leads where they may go.
import type { Demand } from '../examples/index.ts';
import type { SignalPlan } from '../types.ts';
import { is, isFalse, type Asked, type Warn } from './asked.ts';

/** Two rules for one request that have no pool in common. */
export function warnOfDisjointRules({ plan, confine, find, show }: Asked, warn: Warn): void {
  for (const [j, rule] of plan.confine.entries()) {
    for (const [i, before] of plan.confine.slice(0, j).entries()) {
      if (rule.pools.some((pool) => before.pools.includes(pool))) continue;
      const both = find(is(confine[i]), is(confine[j]));
      if (both.kind === 'none') continue;
      warn(
        ['confine', j, 'pools'],
        `no pool is left for ${show(both.example, confine[i], confine[j])}, which rule "${before.name}" confines to ${before.pools.join(', ')}`,
        { key: true },
      );
    }
  }
}

/** An alias by which some of a rule's requests are answered and others refused. */
export function warnOfRefused(asked: Asked, warn: Warn): void {
  const { plan, confine, routes, find, asks, show } = asked;
  for (const [k, { name, pools }] of plan.confine.entries()) {
    const leads = plan.routes.map(({ candidates, fallbacks = [] }) =>
      [...candidates, ...fallbacks].some((pool) => pools.includes(pool)),
    );
    const none = !leads.includes(true);
    for (const [alias, last] of plan.aliases) {
      const within = leads.slice(0, last + 1);
      // An alias that leads nowhere else is meant for what may leave.
      if (within[last] === true || (!none && !within.includes(true))) continue;
      const past: Demand[] = [];
      let open = false;
      for (let i = 0; i < last; i++) {
        const when = routes[i];
        if (within[i] !== true) continue;
        if (when === undefined) open = true;
        else past.push({ ast: when, want: 'not-true' });
      }
      if (open) continue;
      const refused = find(asks([alias]), is(confine[k]), ...past);
      if (refused.kind === 'none') continue;
      warn(
        ['confine', k, 'pools'],
        `${show(refused.example, confine[k], ...past.map(({ ast }) => ast))} for "${alias}" is refused: rule "${name}" confines it to ${pools.join(', ')}, where no route that takes it leads`,
        { key: true },
      );
      break;
    }
  }
}

/** Rules that let go when an encoder does not answer, because a signal's default is then taken for its word. */
export function warnOfLenientDefaults({ plan, confine, find, parsed }: Asked, warn: Warn): void {
  for (const [k, { name: rule, when }] of plan.confine.entries()) {
    for (const name of when?.uses.signals ?? []) {
      const signal = plan.signals.get(name);
      if (when === undefined || signal?.cost !== 'encoder') continue;
      const fallback = literalOf(signal);
      const without = parsed(when.source.replaceAll(new RegExp(`\\bsignals\\s*\\.\\s*${name}\\b`, 'g'), fallback));
      if (without === undefined || find(is(confine[k]), isFalse(without)).kind === 'none') continue;
      warn(
        ['signals', name, 'default'],
        `when the encoder does not answer, signals.${name} is ${fallback} and rule "${rule}" lets go what it should confine`,
      );
    }
  }
}

/** As CEL writes it. */
function literalOf({ type, default: value }: SignalPlan): string {
  if (type === 'double') return Number.isInteger(value) ? `${String(value)}.0` : String(value);
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
