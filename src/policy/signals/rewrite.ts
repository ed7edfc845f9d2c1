// A checked expression: what it asks, and its source with each thing asked replaced by one flat variable.
import type { ASTNode } from '@marcbachmann/cel-js';
import { FACTS } from '../facts.ts';
import { didYouMean } from './did-you-mean.ts';
import { FUNCTIONS, sameCall, type Call, type Uses } from './functions.ts';
import { compilePattern } from '../keywords/patterns.ts';
import { flatCall, flatFact, flatSignal, LINEAR_MATCHES, type Language } from './language.ts';

export interface Rewritten extends Uses {
  readonly source: string;
  /** The offset in what was written of one in `source`. */
  readonly writtenAt: (offset: number) => number;
}

/** What cannot be, with the offset in the source that it is about. */
export class ExpressionFlaw extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** CEL's, of strings: RE2's syntax, anywhere in the text. */
const MATCHES = 'matches';

const GROUPS = new Set(FACTS.flatMap(({ name }) => (name.includes('.') ? [name.split('.')[0]] : [])));

/** Throws ExpressionFlaw. `strict`: calls fail where something else stands in for what was asked. */
export function rewrite(source: string, ast: ASTNode, language: Language, strict: boolean): Rewritten {
  const { definitions } = language;
  const facts = new Set<string>();
  const groups = new Set<string>();
  const calls: Call[] = [];
  const signals = new Set<string>();
  const edits: { readonly start: number; readonly end: number; readonly by: string }[] = [];
  const replace = ({ start, end }: ASTNode, by: string): void => void edits.push({ start, end, by });

  function visit(node: ASTNode): void {
    if (node.op === 'call' && visitCall(node)) return;
    if (node.op === '.' && visitField(node)) return;
    if (node.op === 'rcall' && node.args[0] === MATCHES) visitMatches(node);
    if (node.op === 'id') {
      if (node.args === 'signals') throw wholeSignals(node.start);
      if (node.args.includes('__')) throw new ExpressionFlaw(`Unknown variable: ${node.args}`, node.start);
      if (GROUPS.has(node.args)) groups.add(node.args);
      for (const { name } of FACTS) if (name === node.args || name.startsWith(`${node.args}.`)) facts.add(name);
      return;
    }
    for (const child of childrenOf(node)) visit(child);
  }

  /** Whether it is one of ours. */
  function visitCall(node: ASTNode & { op: 'call' }): boolean {
    const [name, [argument]] = node.args;
    const called = FUNCTIONS.find((one) => one.name === name);
    if (called === undefined) return false;
    if (node.args[1].length !== 1 || argument?.op !== 'value' || typeof argument.args !== 'string') {
      const message = `${name}() takes one name in quotes, of something under ${called.of}`;
      throw new ExpressionFlaw(message, (argument ?? node).start);
    }
    const known = definitions[called.of];
    if (!known.includes(argument.args)) {
      const hint = didYouMean(argument.args, known, `the policy defines no ${called.of}`);
      throw new ExpressionFlaw(`${name}("${argument.args}"): not defined under ${called.of}; ${hint}`, argument.start);
    }
    const call: Call = { function: called.name, argument: argument.args };
    if (!calls.some((one) => sameCall(one, call))) calls.push(call);
    replace(node, flatCall(call, definitions, strict));
    return true;
  }

  /** Only its name is replaced: what it is asked of is looked at like everything else. */
  function visitMatches({ args: [, receiver, [pattern]], start, end }: ASTNode & { op: 'rcall' }): void {
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string')
      throw new ExpressionFlaw('matches() takes a regular expression in quotes', (pattern ?? { start }).start);
    const compiled = compilePattern(pattern.args, true);
    if (compiled.kind === 'invalid') throw new ExpressionFlaw(compiled.message, pattern.start + 1 + compiled.at);
    const at = source.indexOf(MATCHES, receiver.end);
    if (at < 0 || at >= end) return;
    edits.push({ start: at, end: at + MATCHES.length, by: LINEAR_MATCHES });
  }

  /** Whether it is a signal, or a fact of a group. */
  function visitField(node: ASTNode & { op: '.' }): boolean {
    const [target, field] = node.args;
    if (target.op !== 'id') return false;
    const plain = new RegExp(`^${target.args}\\s*\\.\\s*${field}$`).test(source.slice(node.start, node.end));
    if (target.args === 'signals') {
      if (!plain) throw wholeSignals(node.start);
      if (!definitions.signals.has(field)) {
        const hint = didYouMean(field, [...definitions.signals.keys()], 'the policy defines no signals');
        throw new ExpressionFlaw(`signals.${field}: not defined; ${hint}`, node.start);
      }
      signals.add(field);
      replace(node, flatSignal(field));
      return true;
    }
    const name = `${target.args}.${field}`;
    if (!FACTS.some((fact) => fact.name === name)) return false;
    facts.add(name);
    // `has(tokens.input)` wants a field of a group.
    if (plain && !/\bhas\s*\(\s*$/.test(source.slice(0, node.start))) replace(node, flatFact(name));
    else groups.add(target.args);
    return true;
  }

  visit(ast);
  edits.sort((a, b) => a.start - b.start);
  let text = '';
  let done = 0;
  for (const { start, end, by } of edits) {
    text += source.slice(done, start) + by;
    done = end;
  }
  text += source.slice(done);
  const writtenAt = (offset: number): number => {
    let shift = 0;
    for (const { start, end, by } of edits) {
      if (offset < start + shift) break;
      if (offset < start + shift + by.length) return start;
      shift += by.length - (end - start);
    }
    return offset - shift;
  };
  return { source: text, writtenAt, facts: [...facts], groups: [...groups], calls, signals: [...signals] };
}

function wholeSignals(at: number): ExpressionFlaw {
  return new ExpressionFlaw('a signal is asked by its name: signals.NAME', at);
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const gather = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) gather(one);
    else if (typeof value === 'object' && value !== null && 'op' in value) found.push(value as ASTNode);
  };
  gather(node.args);
  return found;
}
