// Which pools a request must not leave: what every decision keeps to, whatever route, name, fallback or stage leads elsewhere.
import type { Confinement, Facts } from '../policy/index.ts';
import type { Confined } from './types.ts';

export interface PlannedConfinement extends Confinement {
  /** What it comes to where no other rule holds. */
  readonly alone: Confined;
}

export function planConfinement(rule: Confinement): PlannedConfinement {
  return { ...rule, alone: confined([rule.name], rule.pools) };
}

/** undefined: no rule holds. One that cannot be told holds: nothing leaves because a condition was wrong. */
export function confinementOf(rules: readonly PlannedConfinement[], facts: Facts): Confined | undefined {
  let held: Confined | undefined;
  for (const { name, when, pools, alone } of rules) {
    if (when !== undefined && when.test(facts) === false) continue;
    held =
      held === undefined
        ? alone
        : confined(
            [...held.by, name],
            held.pools.filter((pool) => pools.includes(pool)),
          );
  }
  return held;
}

function confined(by: readonly string[], pools: readonly string[]): Confined {
  return Object.freeze({ by: Object.freeze(by), pools: Object.freeze(pools), why: whyOf(by, pools) });
}

function whyOf(by: readonly string[], pools: readonly string[]): string {
  const rules = by.length === 1 ? `rule ${by.join('')}` : `rules ${by.join(', ')}`;
  return pools.length === 0
    ? `confined to no pool at all: ${rules} have none in common`
    : `confined to ${pools.join(', ')} by ${rules}`;
}
