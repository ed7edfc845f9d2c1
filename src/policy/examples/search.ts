// Looks for a request that conditions hold for: through the values at their own bounds, not by proof, so that any expression will do.
import { serialize, type ASTNode } from '@marcbachmann/cel-js';
import { seededRandom } from '../../base/index.ts';
import { compileCondition } from '../conditions.ts';
import type { Condition } from '../types.ts';
import { RULES } from './consistency.ts';
import { variablesOf, type Variable } from './domains.ts';
import { factsOf } from './example-facts.ts';
import { alternativesOf, together, type Claim, type Want } from './normal-form.ts';
import { referencesOf } from './references.ts';
import { isPlain } from './plain.ts';
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

/** Values set before a search gives up on going through all, and full examples drawn at random after that. */
const MOST_STEPS = 20_000;
const MOST_DRAWN = 2_000;
const SEED = 1;

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

/** One that can be put to values, and the positions of the variables that it needs. */
interface Check {
  readonly last: number;
  readonly holds: (values: readonly unknown[]) => boolean;
}

function searchAll(claims: readonly Claim[], world: World): Search {
  const variables = variablesOf(claims, world);
  const checks = [...claims.map((claim) => checkOf(claim, variables, world)), ...consistencyOf(variables)];
  const byLast = variables.map((_, i) => checks.filter(({ last }) => last === i));
  const standing = checks.filter(({ last }) => last < 0);
  const complete = claims.every(({ ast }) => isPlain(ast, world)) && variables.every((variable) => variable.complete);
  const values: unknown[] = [];
  let steps = 0;
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
  const random = seededRandom(SEED);
  for (let n = 0; n < MOST_DRAWN; n++) {
    const drawn = variables.map(({ values: all }) => all[Math.floor(random() * all.length)]);
    if (checks.every(({ holds }) => holds(drawn))) return { kind: 'found', example: exampleOf(variables, drawn) };
  }
  return { kind: 'none', tried: MOST_STEPS + MOST_DRAWN, proved: false };
}

function exampleOf(variables: readonly Variable[], values: readonly unknown[]): Example {
  return new Map(variables.map(({ name }, i) => [name, values[i]]));
}

function checkOf({ ast, want }: Claim, variables: readonly Variable[], world: World): Check {
  const test = testOf(ast, world);
  const asked = referencesOf(ast, world).variables;
  const used = variables.flatMap(({ name }, i) => (asked.has(name) ? [i] : []));
  const references = used.flatMap((i) => variables[i]?.reference ?? []);
  return {
    last: Math.max(-1, ...used),
    holds: (values) => {
      const told = test(
        factsOf(
          references,
          used.map((i) => values[i]),
          world,
        ),
      );
      return want === 'true' ? told === true : want === 'false' ? told === false : told !== true;
    },
  };
}

function consistencyOf(variables: readonly Variable[]): readonly Check[] {
  return RULES.flatMap(({ facts, holds }): Check[] => {
    const at = new Map(facts.map((fact) => [fact, variables.findIndex(({ name }) => name === fact)]));
    const positions = [...at.values()];
    if (positions.includes(-1)) return [];
    return [{ last: Math.max(...positions), holds: (values) => holds((fact) => values[at.get(fact) ?? -1]) }];
  });
}

const tests = new WeakMap<ASTNode, Condition>();

function testOf(ast: ASTNode, { language }: World): Condition {
  let test = tests.get(ast);
  if (test === undefined) {
    const compiled = compileCondition(serialize(ast), language);
    // What is a part of a condition that compiled does too; if the writer of expressions errs, nothing is claimed.
    test = compiled.kind === 'condition' ? compiled.test : () => ({ failed: compiled.message });
    tests.set(ast, test);
  }
  return test;
}
