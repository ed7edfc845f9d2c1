// CEL source -> what it asks and a function over the facts of a request, or what is wrong and where.
import { FACTS } from '../facts.ts';
import type { Facts } from '../types.ts';
import { didYouMean } from './did-you-mean.ts';
import { FUNCTIONS } from './functions.ts';
import type { Language } from './language.ts';
import { ExpressionFlaw, rewrite, type Uses } from './rewrite.ts';

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
  try {
    const parsed = language.written.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return invalid(checked.error, source, language);
    const { source: flat, ...uses } = rewrite(source, parsed.ast, language, strict);
    const expression = language.flat.parse(flat);
    const again = expression.check();
    if (!again.valid) return invalid(again.error, source, language);
    // The checker calls a list without a known type `list`.
    return { kind: 'expression', type: checked.type ?? 'dyn', uses, evaluate: (facts) => expression(facts) as unknown };
  } catch (error) {
    return error instanceof ExpressionFlaw
      ? { kind: 'invalid', message: error.message, at: error.at }
      : invalid(error, source, language);
  }
}

function invalid(error: unknown, source: string, { definitions }: Language): Invalid {
  const at = (error as { range?: { start?: number } } | undefined)?.range?.start ?? 0;
  const message = firstLine(error);
  const wrong = (hint: string): Invalid => ({ kind: 'invalid', message: `${message}; ${hint}`, at });
  if (message === 'Unknown variable: signals') return wrong('the policy defines no signals');
  if (message.startsWith('No such key') && /signals\s*\.\s*$/.test(source.slice(0, at))) {
    const name = message.replace('No such key: ', '');
    return wrong(`signals: ${didYouMean(name, [...definitions.signals.keys()], '')}`);
  }
  if (/^(?:Unknown variable|No such key)/.test(message)) {
    return wrong(`facts are ${FACTS.map(({ name }) => name).join(', ')}`);
  }
  const called = FUNCTIONS.find(({ name }) => message.includes(`overload for '${name}(`));
  if (called !== undefined) return wrong(`expected ${called.name}("NAME"), a name under ${called.of}`);
  return { kind: 'invalid', message, at };
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
