// The rules that requests must not leave certain pools: conditions and pools of each, and what is wrong with them.
import { compileCondition } from './conditions.ts';
import type { PolicyText } from './document.ts';
import type { Language } from './signals/language.ts';
import type { Diagnostic, Path } from './compiling.ts';
import type { Confinement } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

export function compileConfine(
  text: PolicyText,
  document: WellShaped,
  language: Language,
  found: Diagnostic[],
): readonly Confinement[] {
  const names = new Set<string>();
  return document.confine.flatMap((rule, i): Confinement[] => {
    if (rule === undefined) return [];
    const path: Path = ['confine', i];
    const { name, pools } = rule;
    if (names.has(name)) found.push(text.at([...path, 'name'], `a second rule is named "${name}"`));
    names.add(name);
    for (const [j, pool] of pools.entries()) {
      if (document.pools.has(pool)) continue;
      const known = [...document.pools.keys()].join(', ');
      found.push(text.at([...path, 'pools', j], `unknown pool "${pool}", expected one of ${known}`));
    }
    let when: Confinement['when'];
    if (rule.when !== undefined) {
      const condition = compileCondition(rule.when, language);
      if (condition.kind === 'invalid') {
        found.push(text.at([...path, 'when'], condition.message, { offset: condition.at }));
      } else {
        when = { source: rule.when, test: condition.test, uses: condition.uses };
      }
    }
    return [{ name, when, pools }];
  });
}
