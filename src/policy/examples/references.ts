// What a claim asks of a request: facts, entries of facts that are maps, and the literals that they are held against.
import type { ASTNode } from '@marcbachmann/cel-js';
import { FACTS } from '../facts.ts';
import type { Fact } from '../types.ts';

export interface References {
  /** By the name of a variable: a fact, or an entry of one that is a map. */
  readonly variables: Map<string, Reference>;
  readonly strings: Set<string>;
  readonly numbers: Set<number>;
}

export interface Reference {
  readonly fact: Fact;
  /** Of a map; undefined: the fact itself. */
  readonly key: string | undefined;
}

export function referencesOf(ast: ASTNode): References {
  const found: References = { variables: new Map(), strings: new Set(), numbers: new Set() };
  visit(ast, found);
  return found;
}

function visit(ast: ASTNode, found: References): void {
  const reference = referenceOf(ast);
  if (reference !== undefined) {
    found.variables.set(nameOf(reference), reference);
    return;
  }
  switch (ast.op) {
    case 'value':
      addLiteral(ast.args, found);
      return;
    case 'in': {
      const entry = entryOf(ast);
      if (entry !== undefined) {
        found.variables.set(nameOf(entry), entry);
        return;
      }
      break;
    }
    case '-_':
      if (ast.args.op === 'value') {
        addLiteral(-Number(ast.args.args), found);
        return;
      }
      break;
    default:
  }
  for (const inner of operandsOf(ast)) visit(inner, found);
}

/** `fact`, `group.fact`, `map.key`, `map["key"]`. */
export function referenceOf(ast: ASTNode): Reference | undefined {
  if (ast.op === 'id') return of(ast.args, undefined);
  if (ast.op !== '.' && ast.op !== '[]') return undefined;
  const [target, step] = ast.args;
  if (target.op !== 'id') return undefined;
  const key = typeof step === 'string' ? step : textOf(step);
  if (key === undefined) return undefined;
  return of(`${target.args}.${key}`, undefined) ?? entry(target.args, key);
}

/** `"key" in map`: asks whether an entry is there. */
export function entryOf(ast: ASTNode): Reference | undefined {
  if (ast.op !== 'in') return undefined;
  const [left, right] = ast.args;
  const key = textOf(left);
  return right.op === 'id' && key !== undefined ? entry(right.args, key) : undefined;
}

export function textOf(ast: ASTNode): string | undefined {
  return ast.op === 'value' && typeof ast.args === 'string' ? ast.args : undefined;
}

export function operandsOf(ast: ASTNode): readonly ASTNode[] {
  return nodesIn(ast.args);
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : [];
}

export function nameOf({ fact, key }: Reference): string {
  return key === undefined ? fact.name : `${fact.name}[${JSON.stringify(key)}]`;
}

function of(name: string, key: string | undefined): Reference | undefined {
  const fact = FACTS.find((one) => one.name === name);
  return fact && { fact, key };
}

function entry(name: string, key: string): Reference | undefined {
  const fact = FACTS.find((one) => one.name === name);
  return fact?.type.startsWith('map<') === true ? { fact, key } : undefined;
}

function addLiteral(value: unknown, { strings, numbers }: References): void {
  if (typeof value === 'string') strings.add(value);
  if (typeof value === 'bigint' || typeof value === 'number') numbers.add(Number(value));
}
