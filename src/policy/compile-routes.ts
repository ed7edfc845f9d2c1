// The routes of a policy: candidates, fallbacks, strategy and condition of each, and what is wrong with them.
import { checkShape } from './check-shape.ts';
import { compileCondition } from './conditions.ts';
import type { PolicyText } from './document.ts';
import type { Qualities } from './qualities.ts';
import type { Language } from './signals/language.ts';
import type { Diagnostic, Path, Vocabulary } from './compiling.ts';
import type { RoutePlan, StrategySpec, Timeouts } from './types.ts';
import type { WellShaped } from './well-shaped.ts';

export function compileRoutes(
  text: PolicyText,
  document: WellShaped,
  strategies: Vocabulary['strategies'],
  timeouts: Timeouts,
  language: Language,
  qualities: Qualities,
  found: Diagnostic[],
): { routes: RoutePlan[]; needsTopic: boolean } {
  const poolNames = [...document.pools.keys()];
  const names = new Set<string>();
  let needsTopic = false;
  const checkPool = (pool: string, path: Path, candidates?: readonly string[]): void => {
    const known = poolNames.includes(pool);
    if (known && candidates?.includes(pool) !== false) return;
    const wrong = known
      ? `pool "${pool}" is not among the route's candidates`
      : `unknown pool "${pool}", expected one of ${poolNames.join(', ')}`;
    // Weights name their pools in keys.
    found.push(text.at(path, wrong, { key: path.at(-1) === pool }));
  };
  const routes = document.routes.flatMap((route, i): RoutePlan[] => {
    if (route === undefined) return [];
    const path: Path = ['routes', i];
    if (names.has(route.name)) found.push(text.at([...path, 'name'], `a second route is named "${route.name}"`));
    names.add(route.name);
    for (const [j, pool] of (route.candidates ?? []).entries()) checkPool(pool, [...path, 'candidates', j]);
    for (const [j, pool] of (route.fallbacks ?? []).entries()) checkPool(pool, [...path, 'fallbacks', j]);

    const strategy = compileStrategy(text, route.strategy, [...path, 'strategy'], strategies, found);
    const definition = strategy === undefined ? undefined : strategies[strategy.kind];
    const options = strategy?.options ?? {};
    const candidates = route.candidates ?? definition?.impliedCandidates?.(options);
    // A malformed strategy may have named them.
    if (candidates === undefined && strategy !== undefined)
      found.push(text.at(path, `route "${route.name}" names no candidates`));
    for (const named of definition?.poolsNamed?.(options) ?? []) {
      checkPool(named.pool, [...path, 'strategy', ...named.path], candidates);
    }
    const source = definition?.qualitySource?.(options);
    const known = source && qualities.of(source, candidates ?? [], [...path, 'strategy'], [...path, 'candidates']);
    if (definition?.needsTopic === true) needsTopic = true;

    let when: RoutePlan['when'];
    if (route.when !== undefined) {
      const condition = compileCondition(route.when, language);
      if (condition.kind === 'invalid') {
        found.push(text.at([...path, 'when'], condition.message, { offset: condition.at }));
      } else {
        when = { source: route.when, test: condition.test, uses: condition.uses };
      }
    }
    return [
      {
        name: route.name,
        when,
        candidates: candidates ?? [],
        fallbacks: route.fallbacks,
        strategy: { kind: strategy?.kind ?? 'fixed', options, qualities: known },
        timeouts: { ...timeouts, ...route.timeouts },
      },
    ];
  });
  return { routes, needsTopic };
}

/** undefined: it is malformed, and why has been said. */
function compileStrategy(
  text: PolicyText,
  given: string | { kind: string; [key: string]: unknown } | undefined,
  path: Path,
  strategies: Vocabulary['strategies'],
  found: Diagnostic[],
): StrategySpec | undefined {
  const kinds = Object.keys(strategies);
  const object: unknown = typeof given === 'string' ? { kind: given } : given === undefined ? { kind: 'fixed' } : given;
  const kind = (object as { kind?: unknown } | null)?.kind;
  const definition = typeof kind === 'string' && kinds.includes(kind) ? strategies[kind] : undefined;
  if (definition === undefined) {
    const shown =
      typeof kind === 'string' ? `unknown strategy "${kind}"` : 'a strategy is a kind or an object with `kind`';
    found.push(
      text.at(typeof given === 'string' ? path : [...path, 'kind'], `${shown}, expected one of ${kinds.join(', ')}`),
    );
    return undefined;
  }
  const shape = checkShape(text, definition.schema, object, path);
  found.push(...shape);
  return shape.length > 0 ? undefined : { kind: definition.kind, options: object as Record<string, unknown> };
}
