// CEL source -> what it asks and a function over the facts of a request, or what is wrong and where.
import { FACTS } from '../facts.ts';
import type { Facts } from '../types.ts';
import type { Language } from './language.ts';
import type { Uses } from './functions.ts';
import { ExpressionFlaw, rewrite } from './rewrite.ts';

export interface Expression {
  readonly kind: 'expression';
  /** CEL's name of it. */
  readonly type: string;
  readonly uses: Uses;
  /** Throws when it cannot be told. */
  readonly evaluate: (facts: Facts) => unknown;
}

export interface Invalid {
  readonly kind: 'invalid';
  readonly message: string;
  /** Offset in the source that the message is about. */
  readonly at: number;
}

/** `strict`: what stands in for something that was asked is an error when the expression runs. */
export function compileExpression(source: string, language: Language, strict: boolean): Expression | Invalid {
  let writtenAt = (offset: number): number => offset;
  try {
    const rewritten = rewrite(source, language.written.parse(source).ast, language, strict);
    ({ writtenAt } = rewritten);
    const { facts: asked, groups, calls, signals } = rewritten;
    const expression = language.flat.parse(rewritten.source);
    const checked = expression.check();
    if (!checked.valid) return invalid(checked.error, writtenAt);
    return {
      kind: 'expression',
      type: checked.type ?? 'dyn',
      uses: { facts: asked, groups, calls, signals },
      evaluate: (facts) => expression(facts) as unknown,
    };
  } catch (error) {
    return error instanceof ExpressionFlaw
      ? { kind: 'invalid', message: error.message, at: error.at }
      : invalid(error, writtenAt);
  }
}

function invalid(error: unknown, writtenAt: (offset: number) => number): Invalid {
  const at = writtenAt((error as { range?: { start?: number } } | undefined)?.range?.start ?? 0);
  const message = firstLine(error);
  if (!/^(?:Unknown variable|No such key)/.test(message)) return { kind: 'invalid', message, at };
  return { kind: 'invalid', message: `${message}; facts are ${FACTS.map(({ name }) => name).join(', ')}`, at };
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
