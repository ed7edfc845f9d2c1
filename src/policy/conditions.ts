// Conditions: CEL expressions that are true or false of a request, checked when they are compiled.
import { restsOnMalformed } from './signals/compile-signals.ts';
import { compileExpression, firstLine, type Invalid } from './signals/expression.ts';
import { createLanguage, type Language } from './signals/language.ts';
import type { Uses } from './signals/functions.ts';
import type { Condition } from './types.ts';

/** Of a policy that defines nothing of its own. */
const FACTS_ALONE = createLanguage({ keywords: [], topics: [], signals: new Map() });

/** Compiles a CEL expression; an error's `at` is the offset in it that the message is about, `uses` what it asks. */
export function compileCondition(
  source: string,
  language: Language = FACTS_ALONE,
): { readonly kind: 'condition'; readonly test: Condition; readonly uses: Uses } | Invalid {
  const compiled = compileExpression(source, language, false);
  if (compiled.kind === 'invalid') return compiled;
  const { type, uses, evaluate } = compiled;
  if (type !== 'bool' && !restsOnMalformed(uses, language)) {
    return { kind: 'invalid', message: `a condition must be true or false, this is of type ${type}`, at: 0 };
  }
  return {
    kind: 'condition',
    uses,
    test: (facts) => {
      try {
        return evaluate(facts) === true;
      } catch (error) {
        return { failed: firstLine(error) };
      }
    },
  };
}
