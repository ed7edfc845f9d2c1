// A plan's conditions made ready to be asked for examples.
import type { ASTNode } from '@marcbachmann/cel-js';
import {
  findExample,
  showExample,
  worldOf,
  type Demand,
  type Example,
  type Search,
  type World,
} from '../examples/index.ts';
import type { Language } from '../signals/language.ts';
import type { Path } from '../compiling.ts';
import type { Plan } from '../types.ts';

/** A condition of a route or of a rule; undefined: it has none and always holds. */
export type When = ASTNode | undefined;

export interface Asked {
  readonly plan: Plan;
  /** By route, and by rule of confinement. */
  readonly routes: readonly When[];
  readonly confine: readonly When[];
  readonly world: World;
  readonly find: (...demands: readonly (Demand | undefined)[]) => Search;
  /** The facts of the example that these conditions ask. */
  readonly show: (example: Example, ...conditions: readonly When[]) => string;
  readonly parsed: (source: string | undefined) => When;
  /** Any of those names is asked for. */
  readonly asks: (models: readonly string[]) => Demand | undefined;
  /** The input leaves room for a token of output. */
  readonly fits: (contextWindow: number) => Demand | undefined;
  /** That route i takes a request, through any alias that reaches it: undefined where none does. */
  readonly reaching: (i: number) => readonly (readonly (Demand | undefined)[])[];
}

export type Warn = (path: Path, message: string, options?: { key?: boolean; offset?: number }) => void;

export function askOf(plan: Plan, language: Language): Asked {
  const { aliases } = plan;
  const world = worldOf(plan, language);
  const parsed = (source: string | undefined): When =>
    source === undefined ? undefined : language.written.parse(source).ast;
  const routes = plan.routes.map(({ when }) => parsed(when?.source));
  const asks = (models: readonly string[]): Demand | undefined => is(parsed(`model in ${JSON.stringify(models)}`));
  const named = (wanted: (last: number) => boolean): readonly string[] =>
    [...aliases].flatMap(([alias, last]) => (wanted(last) ? [alias] : []));
  return {
    plan,
    routes,
    confine: plan.confine.map(({ when }) => parsed(when?.source)),
    world,
    parsed,
    asks,
    fits: (contextWindow) => is(parsed(`tokens.input < ${contextWindow}`)),
    show: (example, ...conditions) => showExample(world, example, ...conditions),
    find: (...demands) =>
      findExample(
        demands.flatMap((demand) => demand ?? []),
        world,
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
