// Conflicts in a policy that compiles: what can never happen, what keeps what from happening, each with the request that shows it.
import { inOrder, type PolicyText } from '../document.ts';
import type { Language } from '../signals/language.ts';
import type { Diagnostic } from '../compiling.ts';
import type { Plan } from '../types.ts';
import { askOf, type Warn } from './asked.ts';
import { warnOfCondition } from './conditions.ts';
import { warnOfDisjointRules, warnOfLenientDefaults, warnOfRefused } from './confinement.ts';
import { noteOverlaps, warnOfArms, warnOfShadow, warnOfStranded } from './routes.ts';

/** `overlaps`: also where two routes would take one request, as notes. */
export function conflicts(
  text: PolicyText,
  plan: Plan,
  language: Language,
  { overlaps }: { readonly overlaps: boolean },
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const say =
    (severity: Diagnostic['severity']): Warn =>
    (path, message, options = {}) => {
      found.push(text.at(path, message, { severity, ...options }));
    };
  const warn = say('warning');
  const asked = askOf(plan, language);
  const reached = new Set<number>();
  for (const [k, when] of asked.confine.entries()) warnOfCondition(asked, when, ['confine', k, 'when'], warn);
  for (const [i, when] of asked.routes.entries()) {
    const possible = warnOfCondition(asked, when, ['routes', i, 'when'], warn);
    if (!possible || !warnOfShadow(asked, i, warn)) continue;
    reached.add(i);
    warnOfArms(asked, i, warn);
  }
  warnOfStranded(plan, reached, warn);
  warnOfDisjointRules(asked, warn);
  warnOfRefused(asked, warn);
  warnOfLenientDefaults(asked, warn);
  if (overlaps) noteOverlaps(asked, reached, say('note'));
  return inOrder(found);
}
