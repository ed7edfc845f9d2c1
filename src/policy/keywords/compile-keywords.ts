// The keyword sets of a policy, and what is wrong with them.
import type { Static } from 'typebox';
import type { PolicyText } from '../document.ts';
import type { Diagnostic } from '../compiling.ts';
import { foldText } from './fold.ts';
import { createKeywordSet, type KeywordSet } from './keyword-set.ts';
import { compilePattern } from './patterns.ts';
import { PERSONAL_DATA, type PersonalData } from './personal-data.ts';
import { wordsOf } from './phrases.ts';
import { KEYWORD_DEFAULTS, type Builtin, type KeywordsSchema } from './schema.ts';

export type KeywordsText = Static<typeof KeywordsSchema>;

export function compileKeywords(
  text: PolicyText,
  sets: ReadonlyMap<string, KeywordsText | undefined>,
  found: Diagnostic[],
): ReadonlyMap<string, KeywordSet> {
  const compiled = new Map<string, KeywordSet>();
  for (const [name, set] of sets) {
    if (set === undefined) continue;
    const literals = set.any ?? [];
    const seen = new Set<string>();
    for (const [i, literal] of literals.entries()) {
      const folded = foldText(literal).trim();
      const wrong =
        wordsOf(folded).length === 0
          ? `"${literal}" has neither letter nor digit: write a pattern`
          : seen.has(folded)
            ? `"${literal}" is there already, but for case or accents`
            : undefined;
      if (wrong !== undefined) found.push(text.at(['keywords', name, 'any', i], wrong));
      seen.add(folded);
    }
    const patterns = (set.patterns ?? []).flatMap((source, i) => {
      const pattern = compilePattern(source);
      if (pattern.kind === 'pattern') return [pattern.test];
      found.push(text.at(['keywords', name, 'patterns', i], pattern.message, { offset: pattern.at }));
      return [];
    });
    const builtins = builtinsOf(set.builtin);
    if (set.any === undefined && set.patterns === undefined && builtins.length === 0) {
      found.push(
        text.at(['keywords', name], `"${name}" looks for nothing: it needs any, patterns or builtin`, { key: true }),
      );
    }
    if (set.fuzzy !== undefined && set.any === undefined) {
      found.push(
        text.at(['keywords', name, 'fuzzy'], 'fuzzy is about words in `any`, and there are none', { key: true }),
      );
    }
    if (found.length > 0) continue;
    const beyondHits = set.beyond === undefined ? builtins.length > 0 : set.beyond === 'hit';
    const tolerance = set.fuzzy ?? KEYWORD_DEFAULTS.fuzzy;
    compiled.set(
      name,
      createKeywordSet({ literals, patterns, builtins, tolerance, in: set.in ?? KEYWORD_DEFAULTS.in, beyondHits }),
    );
  }
  return compiled;
}

function builtinsOf(given: Builtin | readonly Builtin[] | undefined): readonly PersonalData[] {
  const names: readonly Builtin[] = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  return names.includes('pii') ? PERSONAL_DATA : names.flatMap((name) => (name === 'pii' ? [] : [name]));
}
