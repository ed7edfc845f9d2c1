// Whether the values that are tried are all that a condition can tell apart: then that none holds is a proof.
import type { ASTNode } from '@marcbachmann/cel-js';
import { entryOf, numberOf, operandsOf, referenceOf, signalOf, textOf } from './references.ts';
import type { World } from './world.ts';

const ORDERED: readonly string[] = ['<', '<=', '>', '>='];

/** Facts against literals, and what `&&`, `||` and `!` make of them. */
export function isPlain(ast: ASTNode, world: World): boolean {
  const signal = signalOf(ast, world);
  if (signal !== undefined) return isPlain(signal, world);
  const reference = referenceOf(ast);
  if (reference !== undefined) return reference.type === 'bool';
  if (entryOf(ast) !== undefined || ast.op === 'value') return true;
  const [left, right] = operandsOf(ast);
  if (ast.op === '!_' || ast.op === '&&' || ast.op === '||')
    return operandsOf(ast).every((inner) => isPlain(inner, world));
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
  const reference = referenceOf(ast);
  if (reference?.kind === 'fact' && reference.key !== undefined) return reference.type === 'map<string, double>';
  return reference?.type === 'int' || reference?.type === 'double';
}

function isLiteral(ast: ASTNode): boolean {
  return ast.op === 'value' || numberOf(ast) !== undefined;
}
