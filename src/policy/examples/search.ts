// Looks for a request that conditions hold for: through the values at their own bounds, not by proof, so that any expression will do.
import type { ASTNode } from '@marcbachmann/cel-js';
import { checksOf } from './checks.ts';
import { variablesOf, type Variable } from './domains.ts';
import { alternativesOf, together, type Claim, type Want } from './normal-form.ts';
import { isPlain } from './plain.ts';
import { repair } from './repair.ts';
import type { World } from './world.ts';

export interface Demand {
  readonly ast: ASTNode;
  readonly want: Want;
}

export type Search =
  | { readonly kind: 'found'; readonly example: Example }
  /** `proved`: all that the conditions can tell apart has been tried. */
  | { readonly kind: 'none'; readonly tried: number; readonly proved: boolean };

/** By the name of a fact, or of an entry of one that is a map (undefined: not there). */
export type Example = ReadonlyMap<string, unknown>;

/** Values set, one by one, before a search gives up on going through all of them. */
const MOST_STEPS = 4_000;

/** A request for which everything that is demanded comes true at once. */
export function findExample(demands: readonly Demand[], world: World): Search {
  const alternatives = demands
    .map(({ ast, want }) => alternativesOf(ast, want))
    .reduce((all, next) => together(all, next), [[]]);
  let tried = 0;
  let proved = true;
  for (const claims of alternatives) {
    const search = searchAll(claims, world);
    if (search.kind === 'found') return search;
    tried += search.tried;
    proved &&= search.proved;
  }
  return { kind: 'none', tried, proved };
}

function searchAll(claims: readonly Claim[], world: World): Search {
  const variables = variablesOf(claims, world);
  const checks = checksOf(claims, variables, world);
  const byLast = variables.map((_, i) => checks.filter(({ needs }) => needs.at(-1) === i));
  const complete = claims.every(({ ast }) => isPlain(ast, world)) && variables.every((variable) => variable.complete);
  const values: unknown[] = [];
  let steps = 0;
  const standing = checks.filter(({ needs }) => needs.length === 0);
  if (!standing.every(({ holds }) => holds(values))) return { kind: 'none', tried: 1, proved: complete };

  function descend(i: number): boolean {
    const variable = variables[i];
    if (variable === undefined) return true;
    for (const value of variable.values) {
      if (++steps > MOST_STEPS) return false;
      values[i] = value;
      if (byLast[i]?.every(({ holds }) => holds(values)) === true && descend(i + 1)) return true;
    }
    return false;
  }

  if (descend(0)) return { kind: 'found', example: exampleOf(variables, values) };
  if (steps <= MOST_STEPS) return { kind: 'none', tried: Math.max(1, steps), proved: complete };
  const repaired = repair(variables, checks);
  if (repaired.values !== undefined) return { kind: 'found', example: exampleOf(variables, repaired.values) };
  return { kind: 'none', tried: MOST_STEPS + repaired.tried, proved: false };
}

function exampleOf(variables: readonly Variable[], values: readonly unknown[]): Example {
  return new Map(variables.map(({ name }, i) => [name, values[i]]));
}
