// Claims, and what no request can be, as checks of values.
import { serialize, type ASTNode } from '@marcbachmann/cel-js';
import { compileCondition } from '../conditions.ts';
import { usesOfAll } from '../signals/cost.ts';
import type { Condition } from '../types.ts';
import { RULES } from './consistency.ts';
import type { Variable } from './domains.ts';
import { factsOf } from './example-facts.ts';
import type { Claim } from './normal-form.ts';
import { referencesOf } from './references.ts';
import type { World } from './world.ts';

export interface Check {
  /** Positions of the variables that it needs, in order. */
  readonly needs: readonly number[];
  readonly holds: (values: readonly unknown[]) => boolean;
}

export function checksOf(claims: readonly Claim[], variables: readonly Variable[], world: World): readonly Check[] {
  return [...claims.map((claim) => checkOf(claim, variables, world)), ...consistencyOf(variables)];
}

function checkOf({ ast, want }: Claim, variables: readonly Variable[], world: World): Check {
  const { test, signals } = testOf(ast, world);
  const asked = referencesOf(ast, world).variables;
  const needs = variables.flatMap(({ name }, i) => (asked.has(name) ? [i] : []));
  const references = needs.flatMap((i) => variables[i]?.reference ?? []);
  return {
    needs,
    holds: (values) => {
      const own = needs.map((i) => values[i]);
      const told = test(factsOf(references, own, signals, world));
      return want === 'true' ? told === true : want === 'false' ? told === false : told !== true;
    },
  };
}

function consistencyOf(variables: readonly Variable[]): readonly Check[] {
  return RULES.flatMap(({ facts, holds }): Check[] => {
    const at = new Map(facts.map((fact) => [fact, variables.findIndex(({ name }) => name === fact)]));
    const needs = [...at.values()].toSorted((a, b) => a - b);
    return needs.includes(-1) ? [] : [{ needs, holds: (values) => holds((fact) => values[at.get(fact) ?? -1]) }];
  });
}

interface Tested {
  readonly test: Condition;
  /** Those that it rests on. */
  readonly signals: readonly string[];
}

const tests = new WeakMap<ASTNode, Tested>();

function testOf(ast: ASTNode, { language, signals }: World): Tested {
  let tested = tests.get(ast);
  if (tested === undefined) {
    const compiled = compileCondition(serialize(ast), language);
    tested =
      compiled.kind === 'condition'
        ? { test: compiled.test, signals: usesOfAll([compiled.uses], signals).signals }
        : // What is a part of a condition that compiled does too; if the writer of expressions errs, nothing is claimed.
          { test: () => ({ failed: compiled.message }), signals: [] };
    tests.set(ast, tested);
  }
  return tested;
}
