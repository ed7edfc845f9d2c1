// Looks for a request that conditions hold for: through the values at their own bounds, not by proof, so that any expression will do.
import { serialize, type ASTNode } from '@marcbachmann/cel-js';
import { seededRandom } from '../../base/index.ts';
import { compileCondition } from '../conditions.ts';
import type { Condition, Facts } from '../types.ts';
import { RULES } from './consistency.ts';
import { variablesOf, type ClosedSets, type Variable } from './domains.ts';
import { alternativesOf, together, type Claim, type Want } from './normal-form.ts';
import { entryOf, operandsOf, referenceOf, textOf } from './references.ts';

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
export function findExample(demands: readonly Demand[], closed: ClosedSets): Search {
  const alternatives = demands
    .map(({ ast, want }) => alternativesOf(ast, want))
    .reduce((all, next) => together(all, next), [[]]);
  let tried = 0;
  let proved = true;
  for (const claims of alternatives) {
    const search = searchAll(claims, closed);
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

function searchAll(claims: readonly Claim[], closed: ClosedSets): Search {
  const variables = variablesOf(claims, closed);
  const checks = [...claims.map((claim) => checkOf(claim, variables)), ...consistencyOf(variables)];
  const byLast = variables.map((_, i) => checks.filter(({ last }) => last === i));
  const standing = checks.filter(({ last }) => last < 0);
  const complete = claims.every(isPlain) && variables.every((variable) => variable.complete);
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

function checkOf({ ast, want }: Claim, variables: readonly Variable[]): Check {
  const test = testOf(ast);
  const asked = new Set(variablesOf([{ ast, want }], new Map()).map(({ name }) => name));
  const used = variables.flatMap((variable, i) => (asked.has(variable.name) ? [i] : []));
  return {
    last: Math.max(-1, ...used),
    holds: (values) => {
      const told = test(
        factsOf(
          used.map((i) => variables[i] as Variable),
          used.map((i) => values[i]),
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

function testOf(ast: ASTNode): Condition {
  let test = tests.get(ast);
  if (test === undefined) {
    const compiled = compileCondition(serialize(ast));
    // What is a part of a condition that compiled does too; if the writer of expressions errs, nothing is claimed.
    test = compiled.kind === 'condition' ? compiled.test : () => ({ failed: compiled.message });
    tests.set(ast, test);
  }
  return test;
}

/** Variables and their values -> what a condition is put to. */
function factsOf(variables: readonly Variable[], values: readonly unknown[]): Facts {
  const facts: Record<string, unknown> = {};
  for (const [i, { fact, key }] of variables.entries()) {
    const value = values[i];
    if (key !== undefined) {
      const entries = (facts[fact.name] ?? {}) as object;
      facts[fact.name] = value === undefined ? entries : { ...entries, [key]: value };
      continue;
    }
    const [group = fact.name, field] = fact.name.split('.');
    facts[group] = field === undefined ? value : { ...(facts[group] as object | undefined), [field]: value };
  }
  return facts;
}

const ORDERED: readonly string[] = ['<', '<=', '>', '>='];

/** Whether the values tried are all that it can tell apart: a fact against literals. */
function isPlain({ ast }: Claim): boolean {
  const reference = referenceOf(ast);
  if (reference !== undefined) return reference.fact.type === 'bool';
  if (entryOf(ast) !== undefined || ast.op === 'value') return true;
  const [left, right] = operandsOf(ast);
  if (ast.op === '!_' || ast.op === '&&' || ast.op === '||')
    return operandsOf(ast).every((inner) => isPlain({ ast: inner, want: 'true' }));
  if (left === undefined || right === undefined) return false;
  if (ast.op === 'in') {
    if (right.op === 'list') return isFact(left) && right.args.every(isLiteral);
    return textOf(left) !== undefined && isFact(right);
  }
  if (ast.op === '==' || ast.op === '!=')
    return (isFact(left) && isLiteral(right)) || (isLiteral(left) && isFact(right));
  // Texts are tried as they are named, not before and behind.
  return ORDERED.includes(ast.op) && ((isNumber(left) && isLiteral(right)) || (isLiteral(left) && isNumber(right)));
}

function isFact(ast: ASTNode): boolean {
  return referenceOf(ast) !== undefined;
}

function isNumber(ast: ASTNode): boolean {
  const type = referenceOf(ast)?.fact.type;
  return type === 'int' || type === 'double';
}

function isLiteral(ast: ASTNode): boolean {
  return ast.op === 'value' || (ast.op === '-_' && ast.args.op === 'value');
}
