// A plan's conditions made ready to be asked for examples.
import type { ASTNode } from '@marcbachmann/cel-js';
import { compileCondition } from '../conditions.ts';
import { closedSets, findExample, type ClosedSets, type Demand, type Search } from '../examples/index.ts';
import type { Path, Plan } from '../types.ts';

/** A condition of a route or of a rule; undefined: it has none and always holds. */
export type When = ASTNode | undefined;

export interface Asked {
  readonly plan: Plan;
  /** By route, and by rule of confinement. */
  readonly routes: readonly When[];
  readonly confine: readonly When[];
  readonly closed: ClosedSets;
  find(...demands: readonly (Demand | undefined)[]): Search;
  /** That route i takes a request, through any alias that reaches it: undefined where none does. */
  reaching(i: number): readonly (readonly (Demand | undefined)[])[];
}

export type Warn = (path: Path, message: string, options?: { key?: boolean; offset?: number }) => void;

export function askOf(plan: Plan): Asked {
  const { aliases, pools } = plan;
  const models = [...aliases.keys(), ...pools.keys(), ...[...pools.values()].map(({ model }) => model)];
  const closed = closedSets([...new Set(models)]);
  const routes = plan.routes.map(({ when }) => conditionOf(when?.source));
  const named = (wanted: (last: number) => boolean): readonly string[] =>
    [...aliases].flatMap(([alias, last]) => (wanted(last) ? [alias] : []));
  return {
    plan,
    routes,
    confine: plan.confine.map(({ when }) => conditionOf(when?.source)),
    closed,
    find: (...demands) =>
      findExample(
        demands.flatMap((demand) => demand ?? []),
        closed,
      ),
    reaching: (i) => {
      const before = routes.slice(0, i).map((when): Demand | 'open' => (when === undefined ? 'open' : not(when)));
      // A route without a condition lets nobody past.
      if (before.includes('open')) return [];
      const free = before as readonly Demand[];
      const through = named((last) => last > i);
      const ending = named((last) => last === i);
      return [
        ...(through.length > 0 ? [[asks(through), is(routes[i]), ...free]] : []),
        ...(ending.length > 0 ? [[asks(ending), ...free]] : []),
      ];
    },
  };
}

function conditionOf(source: string | undefined): When {
  if (source === undefined) return undefined;
  const compiled = compileCondition(source);
  return compiled.kind === 'condition' ? compiled.ast : undefined;
}

/** To show which name is asked for. */
export const MODEL: When = conditionOf('model == ""');

/** Any of those names is asked for. */
export function asks(models: readonly string[]): Demand | undefined {
  return is(conditionOf(`model in ${JSON.stringify(models)}`));
}

/** The input leaves room for a token of output. */
export function fits(contextWindow: number): Demand | undefined {
  return is(conditionOf(`tokens.input < ${contextWindow}`));
}

export function is(when: When): Demand | undefined {
  return when && { ast: when, want: 'true' };
}

function not(when: ASTNode): Demand {
  return { ast: when, want: 'not-true' };
}

/** A condition that cannot be told confines: only one that is false lets go. */
export function isFalse(when: ASTNode): Demand {
  return { ast: when, want: 'false' };
}

export function first(searches: Iterable<Search>): Search {
  let tried = 0;
  let proved = true;
  for (const search of searches) {
    if (search.kind === 'found') return search;
    tried += search.tried;
    proved &&= search.proved;
  }
  return { kind: 'none', tried, proved };
}
