// YAML text -> immutable Plan, or every error with file, line and column.
import { createHash } from 'node:crypto';
import { deepFreeze } from '../base/index.ts';
import { checkShape } from './check-shape.ts';
import { parsePolicyText, type PolicyText } from './document.ts';
import { compileCondition } from './facts.ts';
import { PolicySchema } from './schema.ts';
import type { Compiled, Diagnostic, Path, PoolSpec, RoutePlan, StrategySchema, StrategySpec } from './types.ts';
import { wellShaped, type WellShaped } from './well-shaped.ts';

/** What a policy may name that the language itself does not define. */
export interface Vocabulary {
  readonly strategies: Readonly<Record<string, StrategySchema>>;
  /** Engine profiles of embedded simulated servers. */
  readonly simProfiles: readonly string[];
}

/** `file` is how diagnostics name the text. Pure: environment variables are not looked at. */
export function compilePolicy(source: string, file: string, vocabulary: Vocabulary): Compiled {
  const text = parsePolicyText(source, file);
  if (text.syntax.length > 0) return { kind: 'invalid', diagnostics: text.syntax };
  const found = checkShape(text, PolicySchema, text.value);
  const document = wellShaped(text.value);
  const pools = compilePools(text, document, vocabulary, found);
  const { routes, topic } = compileRoutes(text, document, vocabulary.strategies, found);
  const aliases = compileAliases(text, document, routes, found);
  if (found.some((d) => d.severity === 'error')) return { kind: 'invalid', diagnostics: inOrder(found) };
  warnOfShadowed(text, routes, aliases, found);
  return {
    kind: 'plan',
    warnings: inOrder(found),
    plan: deepFreeze({
      version: 1 as const,
      fingerprint: createHash('sha256').update(source).digest('hex').slice(0, 12),
      pools,
      aliases,
      routes,
      needs: { topic },
    }),
  };
}

function compilePools(
  text: PolicyText,
  document: WellShaped,
  vocabulary: Vocabulary,
  found: Diagnostic[],
): ReadonlyMap<string, PoolSpec> {
  const pools = new Map<string, PoolSpec>();
  for (const [name, pool] of document.pools) {
    if (pool === undefined) continue;
    const seen = new Set<string>();
    for (const [i, endpoint] of pool.endpoints.entries()) {
      const wrong = wrongEndpoint(endpoint, seen, vocabulary.simProfiles);
      if (wrong !== undefined) found.push(text.at(['pools', name, 'endpoints', i], wrong));
      seen.add(endpoint);
    }
    pools.set(name, { name, ...pool, apiKeyEnv: pool.apiKeyEnv });
  }
  return pools;
}

function wrongEndpoint(
  endpoint: string,
  seen: ReadonlySet<string>,
  simProfiles: readonly string[],
): string | undefined {
  if (!URL.canParse(endpoint))
    return `not a URL: ${endpoint}; expected http://HOST:PORT/v1, https://… or sim://PROFILE`;
  const url = new URL(endpoint);
  if (!['http:', 'https:', 'sim:'].includes(url.protocol))
    return `${url.protocol}// is not spoken here; expected http, https or sim`;
  if (url.protocol === 'sim:' && !simProfiles.includes(url.hostname)) {
    return `there is no engine profile "${url.hostname}"; expected one of ${simProfiles.join(', ')}`;
  }
  // A key in the URL would travel into logs and metrics.
  if (url.username !== '' || url.password !== '')
    return 'credentials do not belong in a URL; name an environment variable in apiKeyEnv';
  if (url.search !== '' || url.hash !== '') return 'a base URL has no query and no fragment';
  if (seen.has(endpoint)) return `endpoint ${endpoint} is named twice`;
  return undefined;
}

function compileRoutes(
  text: PolicyText,
  document: WellShaped,
  strategies: Vocabulary['strategies'],
  found: Diagnostic[],
): { routes: RoutePlan[]; topic: boolean } {
  const poolNames = [...document.pools.keys()];
  const names = new Set<string>();
  let topic = false;
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
    if (definition?.needsTopic === true) topic = true;

    let when: RoutePlan['when'];
    if (route.when !== undefined) {
      const condition = compileCondition(route.when);
      if (condition.kind === 'invalid') {
        found.push(text.at([...path, 'when'], condition.message, { offset: condition.at }));
      } else {
        when = { source: route.when, test: condition.test };
        if (condition.topic) topic = true;
      }
    }
    return [{ name: route.name, when, candidates: candidates ?? [], strategy: strategy ?? { kind: 'fixed', options } }];
  });
  return { routes, topic };
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
  const object: unknown = typeof given === 'string' ? { kind: given } : (given ?? { kind: 'fixed' });
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

function compileAliases(
  text: PolicyText,
  document: WellShaped,
  routes: readonly RoutePlan[],
  found: Diagnostic[],
): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>();
  const models = [...document.pools.values()].map((pool) => pool?.model);
  // The name of a malformed route may be the one that an alias leads to.
  const allRead = !document.routes.includes(undefined);
  for (const [alias, route] of document.aliases) {
    const index = routes.findIndex((r) => r.name === route);
    if (index < 0 && allRead) {
      found.push(
        text.at(
          ['aliases', alias],
          `unknown route "${route}", expected one of ${[...new Set(routes.map((r) => r.name))].join(', ')}`,
        ),
      );
    }
    if (document.pools.has(alias) || models.includes(alias)) {
      found.push(
        text.at(['aliases', alias], `"${alias}" is also the name of a pool or a model; a name means one thing`, {
          key: true,
        }),
      );
    }
    aliases.set(alias, index);
  }
  if (routes.length > 0 && aliases.size === 0) {
    found.push(
      text.at(['routes'], 'no alias leads to these routes: add `aliases: { auto: ROUTE }`', {
        severity: 'warning',
        key: true,
      }),
    );
  }
  return aliases;
}

function warnOfShadowed(
  text: PolicyText,
  routes: readonly RoutePlan[],
  aliases: ReadonlyMap<string, number>,
  found: Diagnostic[],
): void {
  const warn = (path: Path, message: string): void => {
    found.push(text.at(path, message, { severity: 'warning' }));
  };
  const open = routes.findIndex((route) => route.when === undefined);
  const last = aliases.size === 0 ? routes.length - 1 : Math.max(...aliases.values());
  for (const [i, route] of routes.entries()) {
    if (open >= 0 && i > open) {
      warn(
        ['routes', i, 'name'],
        `never reached: route "${routes[open]?.name}" above has no condition and takes everything`,
      );
    } else if (i > last) {
      warn(['routes', i, 'name'], 'never reached: no alias leads to this route or to one below it');
    } else if (i === last && aliases.size > 0 && route.when !== undefined) {
      warn(
        ['routes', i, 'when'],
        'never asked: this is the last route of every alias that comes here, and takes the rest',
      );
    }
  }
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
