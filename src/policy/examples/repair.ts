// Local search: a full example with what is wrong in it put right piece by piece (min-conflicts; Minton et al., 1992), from a few seeded starts.
import { seededRandom, type Random } from '../../base/index.ts';
import type { Check } from './checks.ts';
import type { Variable } from './domains.ts';

const SEED = 1;
const STARTS = 6;
const REPAIRS = 50;
/** Where all values of a variable are as bad, or as good, any will do; and now and then one that is not the best. */
const ASTRAY = 0.1;

export interface Repaired {
  readonly values: readonly unknown[] | undefined;
  /** Full examples that were looked at. */
  readonly tried: number;
}

/** `values`: for which every check holds; undefined: none was found. The same question has the same answer. */
export function repair(variables: readonly Variable[], checks: readonly Check[]): Repaired {
  const random = seededRandom(SEED);
  const about = variables.map((_, i) => checks.filter(({ needs }) => needs.includes(i)));
  let tried = 0;
  for (let start = 0; start < STARTS; start++) {
    const values = variables.map(({ values: all }) => pick(all, random));
    for (let n = 0; n < REPAIRS; n++) {
      tried++;
      const wrong = checks.filter(({ holds }) => !holds(values));
      if (wrong.length === 0) return { values, tried };
      const at = pick(pick(wrong, random)?.needs ?? [], random);
      const variable = at === undefined ? undefined : variables[at];
      // Nothing to be put right: it asks nothing and does not hold.
      if (at === undefined || variable === undefined) return { values: undefined, tried };
      values[at] =
        random() < ASTRAY ? pick(variable.values, random) : best(values, at, variable, about[at] ?? [], random);
    }
  }
  return { values: undefined, tried };
}

function best(
  values: readonly unknown[],
  at: number,
  variable: Variable,
  checks: readonly Check[],
  random: Random,
): unknown {
  const changed = [...values];
  let least = Infinity;
  let found: unknown[] = [];
  for (const value of variable.values) {
    changed[at] = value;
    const wrong = checks.filter(({ holds }) => !holds(changed)).length;
    if (wrong < least) [least, found] = [wrong, []];
    if (wrong === least) found.push(value);
  }
  return pick(found, random);
}

function pick<T>(all: readonly T[], random: Random): T | undefined {
  return all[Math.floor(random() * all.length)];
}
