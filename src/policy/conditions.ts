// Conditions: CEL expressions over the facts, checked when they are compiled, and which facts each of them asks.
import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { FACTS } from './facts.ts';
import type { Condition } from './types.ts';

const environment = buildEnvironment();

/** Compiles a CEL expression; `at` is the offset in the expression that the message is about, `facts` what it asks. */
export function compileCondition(
  source: string,
):
  | { readonly kind: 'condition'; readonly test: Condition; readonly facts: readonly string[]; readonly ast: ASTNode }
  | { readonly kind: 'invalid'; readonly message: string; readonly at: number } {
  try {
    const expression = environment.parse(source);
    const checked = expression.check();
    if (!checked.valid) return invalid(checked.error);
    if (checked.type !== 'bool') {
      return { kind: 'invalid', message: `a condition must be true or false, this is of type ${checked.type}`, at: 0 };
    }
    return {
      kind: 'condition',
      ast: expression.ast,
      facts: factsUsed(expression.ast),
      test: (facts) => {
        try {
          return expression(facts) === true;
        } catch (error) {
          return { failed: firstLine(error) };
        }
      },
    };
  } catch (error) {
    return invalid(error);
  }
}

function invalid(error: unknown): { readonly kind: 'invalid'; readonly message: string; readonly at: number } {
  const range = (error as { range?: { start?: number } } | undefined)?.range;
  const message = firstLine(error);
  const hint = /^(?:Unknown variable|No such key)/.test(message)
    ? `; facts are ${FACTS.map((f) => f.name).join(', ')}`
    : '';
  return { kind: 'invalid', message: `${message}${hint}`, at: range?.start ?? 0 };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Names of the facts that an expression can ask; of a group that is not followed by a field, all of it. */
function factsUsed(ast: unknown): readonly string[] {
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const part of node) visit(part);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const { op, args } = node as { readonly op?: unknown; readonly args?: unknown };
    const [target, field] = op === '.' && Array.isArray(args) ? (args as readonly unknown[]) : [];
    const { op: targetOp, args: group } = (target ?? {}) as { readonly op?: unknown; readonly args?: unknown };
    const name = `${String(group)}.${String(field)}`;
    if (targetOp === 'id' && FACTS.some((fact) => fact.name === name)) {
      used.add(name);
      return;
    }
    if (op === 'id') {
      for (const fact of FACTS) if (fact.name === args || fact.name.startsWith(`${String(args)}.`)) used.add(fact.name);
      return;
    }
    visit(args);
  };
  visit(ast);
  return [...used];
}

function buildEnvironment(): Environment {
  const env = new Environment({ limits: { maxAstNodes: 1000, maxDepth: 50 } });
  const groups = new Map<string, Record<string, string>>();
  for (const fact of FACTS) {
    const [group, field] = fact.name.split('.');
    if (group === undefined) continue;
    if (field === undefined) env.registerVariable(group, fact.type);
    else groups.set(group, { ...groups.get(group), [field]: fact.type });
  }
  for (const [name, schema] of groups) env.registerVariable({ name, schema });
  return env;
}
