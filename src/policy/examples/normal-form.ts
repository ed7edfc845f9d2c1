// A condition as alternatives, each of them claims that must all hold: what a search for an example goes through one by one.
import type { ASTNode } from '@marcbachmann/cel-js';

/**
 * What is wanted of a condition. One that cannot be told is neither true nor false: it is `not-true`, as a route takes it.
 */
export type Want = 'true' | 'false' | 'not-true';

export interface Claim {
  readonly ast: ASTNode;
  readonly want: Want;
}

/** Alternatives beyond this many are not taken apart: the whole is then one claim. */
const MOST_ALTERNATIVES = 64;

export function alternativesOf(ast: ASTNode, want: Want): readonly (readonly Claim[])[] {
  const [left, right] = partsOf(ast);
  if (ast.op === '!_' && want !== 'not-true') return alternativesOf(ast.args, want === 'true' ? 'false' : 'true');
  if (left === undefined || right === undefined) return [[{ ast, want }]];
  // Both at once: an `&&` that shall be true, an `||` that shall not.
  if ((ast.op === '&&') === (want === 'true')) {
    const both = together(alternativesOf(left, want), alternativesOf(right, want));
    return both.length > MOST_ALTERNATIVES ? [[{ ast, want }]] : both;
  }
  // One of the two. Of what shall not be true there may be very many (every route above): left whole.
  if (want !== 'true') return [[{ ast, want }]];
  const either = [...alternativesOf(left, want), ...alternativesOf(right, want)];
  return either.length > MOST_ALTERNATIVES ? [[{ ast, want }]] : either;
}

/** Every alternative of one with every one of the other. */
export function together(
  some: readonly (readonly Claim[])[],
  others: readonly (readonly Claim[])[],
): readonly (readonly Claim[])[] {
  return some.flatMap((a) => others.map((b) => [...a, ...b]));
}

/** The operands of `&&` and `||`. */
function partsOf(ast: ASTNode): readonly ASTNode[] {
  return ast.op === '&&' || ast.op === '||' ? ast.args : [];
}

/** The conditions that stand side by side under `||`, whole `&&` among them. */
export function branchesOf(ast: ASTNode): readonly ASTNode[] {
  return ast.op === '||' ? ast.args.flatMap(branchesOf) : [ast];
}
