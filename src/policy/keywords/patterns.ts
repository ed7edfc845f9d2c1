// Operators' regular expressions, in time linear in the text whatever they are: RE2's syntax, by a port of it.
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** Of the compiled expression: a text that defeats its cache of states costs time in proportion to it. */
const MOST_INSTRUCTIONS = 1_000;

export type CompiledPattern =
  | { readonly kind: 'pattern'; readonly test: (text: string) => boolean }
  /** `at`: offset in the source that the message is about. */
  | { readonly kind: 'invalid'; readonly message: string; readonly at: number };

/** `onEmpty`: whether it may match the empty text; among keywords that is a mistake. */
export function compilePattern(source: string, onEmpty = false): CompiledPattern {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const { error: what, input } = error as unknown as { readonly error: string; readonly input: string | null };
    const part = input ?? '';
    const at = part === '' || part === source ? 0 : Math.max(0, source.indexOf(part));
    return {
      kind: 'invalid',
      message: `not a regular expression of RE2: ${what}${part === '' ? '' : ` "${part}"`}`,
      at,
    };
  }
  const size = pattern.programSize();
  if (size > MOST_INSTRUCTIONS) {
    return {
      kind: 'invalid',
      message: `too large an expression: ${size} instructions, at most ${MOST_INSTRUCTIONS}`,
      at: 0,
    };
  }
  if (!onEmpty && pattern.test('')) {
    return { kind: 'invalid', message: 'matches the empty text, and so every text', at: 0 };
  }
  return { kind: 'pattern', test: (text) => pattern.test(text) };
}
