// Conditions that can never hold: values that a fact never has, and claims that rule one another out.
import type { ASTNode } from '@marcbachmann/cel-js';
import { branchesOf, operandsOf, referenceOf, textOf, type World } from '../examples/index.ts';
import type { Path } from '../compiling.ts';
import { is, type Asked, type Warn, type When } from './asked.ts';

/** Returns whether it can hold at all. */
export function warnOfCondition(asked: Asked, when: When, path: Path, warn: Warn): boolean {
  if (when === undefined) return true;
  if (warnOfValues(when, asked.world, path, warn)) return true;
  const search = asked.find(is(when));
  if (search.kind === 'none') {
    warn(
      path,
      search.proved ? 'this can never hold' : `this never held: no request of ${search.tried} tried makes it true`,
    );
    return false;
  }
  const branches = branchesOf(when);
  if (branches.length === 1) return true;
  for (const branch of branches) {
    const alone = asked.find(is(branch));
    if (alone.kind === 'found') continue;
    const how = alone.proved ? 'can never hold' : `never held in ${alone.tried} requests tried`;
    warn(path, `this alternative ${how}: ${branch.input.slice(branch.start, branch.end)}`, { offset: branch.start });
  }
  return true;
}

/** Texts that the fact they are held against never is. */
function warnOfValues(ast: ASTNode, world: World, path: Path, warn: Warn): boolean {
  let found = false;
  const [left, right] = operandsOf(ast);
  if (left !== undefined && right !== undefined && ['==', '!=', 'in'].includes(ast.op)) {
    const reference = referenceOf(left) ?? referenceOf(right);
    const values = world.closed.get(reference?.name ?? '');
    for (const literal of values === undefined ? [] : [left, right].flatMap(literalsOf)) {
      const text = textOf(literal) ?? '';
      if (values === undefined || values.includes(text)) continue;
      const what = reference?.name === 'model' ? 'no alias, pool or model' : `never a value of ${reference?.name}`;
      warn(path, `"${text}" is ${what}; expected one of ${values.join(', ')}`, { offset: literal.start });
      found = true;
    }
    return found;
  }
  for (const inner of operandsOf(ast)) found = warnOfValues(inner, world, path, warn) || found;
  return found;
}

function literalsOf(ast: ASTNode): readonly ASTNode[] {
  if (ast.op === 'list') return ast.args.flatMap(literalsOf);
  return textOf(ast) === undefined ? [] : [ast];
}
