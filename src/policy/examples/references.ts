// What a claim asks of a request: facts, entries of maps, calls of functions, and the literals that they are held against.
import type { ASTNode } from '@marcbachmann/cel-js';
import { FACTS } from '../facts.ts';
import { callText, FUNCTIONS, type Call } from '../signals/functions.ts';
import type { Fact } from '../compiling.ts';
import type { World } from './world.ts';

export type Reference =
  /** `key`: of a map; undefined: the fact itself. */
  | {
      readonly kind: 'fact';
      readonly name: string;
      readonly type: Fact['type'];
      readonly fact: string;
      readonly key: string | undefined;
    }
  | { readonly kind: 'call'; readonly name: string; readonly type: 'bool' | 'int' | 'double'; readonly call: Call };

export interface References {
  /** By name. A signal is what it asks. */
  readonly variables: Map<string, Reference>;
  readonly strings: Set<string>;
  readonly numbers: Set<number>;
}

export function referencesOf(ast: ASTNode, world: World): References {
  const found: References = { variables: new Map(), strings: new Set(), numbers: new Set() };
  visit(ast, found, world);
  return found;
}

function visit(ast: ASTNode, found: References, world: World): void {
  const signal = signalOf(ast, world);
  if (signal !== undefined) {
    visit(signal, found, world);
    return;
  }
  const reference = referenceOf(ast) ?? entryOf(ast);
  if (reference !== undefined) {
    found.variables.set(reference.name, reference);
    return;
  }
  const literal = numberOf(ast);
  if (literal !== undefined) found.numbers.add(literal);
  else if (ast.op === 'value') {
    if (typeof ast.args === 'string') found.strings.add(ast.args);
  } else for (const inner of operandsOf(ast)) visit(inner, found, world);
}

/** The expression of the signal that is asked. */
export function signalOf(ast: ASTNode, { expressions }: World): ASTNode | undefined {
  if (ast.op !== '.') return undefined;
  const [target, name] = ast.args;
  return target.op === 'id' && target.args === 'signals' ? expressions.get(name) : undefined;
}

/** `fact`, `group.fact`, `map.key`, `map["key"]`, `function("name")`. */
export function referenceOf(ast: ASTNode): Reference | undefined {
  if (ast.op === 'id') return plain(ast.args);
  if (ast.op === 'call') return callOf(ast.args);
  if (ast.op !== '.' && ast.op !== '[]') return undefined;
  const [target, step] = ast.args;
  const key = typeof step === 'string' ? step : textOf(step);
  if (target.op !== 'id' || key === undefined) return undefined;
  return plain(`${target.args}.${key}`) ?? entry(target.args, key);
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

export function numberOf(ast: ASTNode): number | undefined {
  if (ast.op === '-_') {
    const number = numberOf(ast.args);
    return number === undefined ? undefined : -number;
  }
  const isNumber = ast.op === 'value' && (typeof ast.args === 'bigint' || typeof ast.args === 'number');
  return isNumber ? Number(ast.args) : undefined;
}

export function operandsOf(ast: ASTNode): readonly ASTNode[] {
  return nodesIn(ast.args);
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : [];
}

function plain(name: string): Reference | undefined {
  const fact = FACTS.find((one) => one.name === name);
  return fact && { kind: 'fact', name, type: fact.type, fact: name, key: undefined };
}

function entry(name: string, key: string): Reference | undefined {
  const fact = FACTS.find((one) => one.name === name);
  if (fact?.type.startsWith('map<') !== true) return undefined;
  return { kind: 'fact', name: `${name}[${JSON.stringify(key)}]`, type: fact.type, fact: name, key };
}

function callOf([name, [argument]]: readonly [string, readonly ASTNode[]]): Reference | undefined {
  const called = FUNCTIONS.find((one) => one.name === name);
  const text = argument && textOf(argument);
  if (called === undefined || text === undefined) return undefined;
  const call: Call = { function: called.name, argument: text };
  return { kind: 'call', name: callText(call), type: called.type, call };
}
