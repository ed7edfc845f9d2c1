// YAML text -> immutable Plan, or every error with file, line and column.
import { createHash } from 'node:crypto';
import { deepFreeze } from '../base/index.ts';
import { checkShape } from './check-shape.ts';
import { parsePolicyText, type PolicyText } from './document.ts';
import { compileCondition } from './facts.ts';
import { PolicySchema, type PolicyDocument } from './schema.ts';
import type { Compiled, Diagnostic, Path, PoolSpec, RoutePlan, StrategySchema, StrategySpec } from './types.ts';

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
  const shape = checkShape(text, PolicySchema, text.value);
  if (shape.length > 0) return { kind: 'invalid', diagnostics: inOrder(shape) };

  const document = text.value as PolicyDocument;
  const found: Diagnostic[] = [];
  const pools = compilePools(text, document, vocabulary, found);
  const { routes, topic } = compileRoutes(text, document, vocabulary.strategies, found);
  const aliases = compileAliases(text, document, routes, found);
  warnOfShadowed(text, routes, found);
  const errors = found.filter((d) => d.severity === 'error');
  if (errors.length > 0) return { kind: 'invalid', diagnostics: inOrder(found) };
  return {
    kind: 'plan',
    warnings: inOrder(found),
    plan: Object.freeze({
      version: 1 as const,
      fingerprint: createHash('sha256').update(source).digest('hex').slice(0, 12),
      pools,
      aliases,
      routes: deepFreeze(routes),
      needs: Object.freeze({ topic }),
    }),
  };
}

function compilePools(
  text: PolicyText,
  document: PolicyDocument,
  vocabulary: Vocabulary,
  found: Diagnostic[],
): ReadonlyMap<string, PoolSpec> {
  const pools = new Map<string, PoolSpec>();
  for (const [name, pool] of Object.entries(document.pools)) {
    const seen = new Set<string>();
    for (const [i, endpoint] of pool.endpoints.entries()) {
      const wrong = wrongEndpoint(endpoint, seen, vocabulary.simProfiles);
      if (wrong !== undefined) found.push(text.at(['pools', name, 'endpoints', i], wrong));
      seen.add(endpoint);
    }
    pools.set(name, deepFreeze({ name, ...pool, apiKeyEnv: pool.apiKeyEnv }));
  }
  return pools;
}

function wrongEndpoint(
  endpoint: string,
  seen: ReadonlySet<string>,
  simProfiles: readonly string[],
): string | undefined {
  if (seen.has(endpoint)) return `endpoint ${endpoint} is named twice`;
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
  return undefined;
}

function compileRoutes(
  text: PolicyText,
  document: PolicyDocument,
  strategies: Vocabulary['strategies'],
  found: Diagnostic[],
): { routes: RoutePlan[]; topic: boolean } {
  const poolNames = Object.keys(document.pools);
  const names = new Set<string>();
  let topic = false;
  const checkPool = (pool: string, path: Path): void => {
    if (!poolNames.includes(pool))
      found.push(text.at(path, `unknown pool "${pool}", expected one of ${poolNames.join(', ')}`));
  };
  const routes = (document.routes ?? []).map((route, i): RoutePlan => {
    const path: Path = ['routes', i];
    if (names.has(route.name)) found.push(text.at([...path, 'name'], `a second route is named "${route.name}"`));
    names.add(route.name);
    for (const [j, pool] of (route.candidates ?? []).entries()) checkPool(pool, [...path, 'candidates', j]);

    const strategy = compileStrategy(text, route.strategy, [...path, 'strategy'], strategies, found);
    const definition = strategies[strategy.kind];
    const candidates = route.candidates ?? definition?.impliedCandidates?.(strategy.options);
    if (candidates === undefined) found.push(text.at(path, `route "${route.name}" names no candidates`));
    for (const named of definition?.poolsNamed?.(strategy.options) ?? []) {
      checkPool(named.pool, [...path, 'strategy', ...named.path]);
      if (poolNames.includes(named.pool) && candidates?.includes(named.pool) === false) {
        found.push(
          text.at([...path, 'strategy', ...named.path], `pool "${named.pool}" is not among the route's candidates`),
        );
      }
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
    return { name: route.name, when, candidates: candidates ?? [], strategy };
  });
  return { routes, topic };
}

function compileStrategy(
  text: PolicyText,
  given: string | { kind: string; [key: string]: unknown } | undefined,
  path: Path,
  strategies: Vocabulary['strategies'],
  found: Diagnostic[],
): StrategySpec {
  const kinds = Object.keys(strategies);
  const object: unknown = typeof given === 'string' ? { kind: given } : (given ?? { kind: 'fixed' });
  const kind = (object as { kind?: unknown } | null)?.kind;
  const definition = typeof kind === 'string' ? strategies[kind] : undefined;
  if (definition === undefined) {
    const shown =
      typeof kind === 'string' ? `unknown strategy "${kind}"` : 'a strategy is a kind or an object with `kind`';
    found.push(text.at(path, `${shown}, expected one of ${kinds.join(', ')}`));
    return { kind: 'fixed', options: {} };
  }
  const shape = checkShape(text, definition.schema, object, path);
  found.push(...shape);
  const options = shape.length > 0 ? {} : (object as Record<string, unknown>);
  return { kind: definition.kind, options };
}

function compileAliases(
  text: PolicyText,
  document: PolicyDocument,
  routes: readonly RoutePlan[],
  found: Diagnostic[],
): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>();
  const models = Object.values(document.pools).map((pool) => pool.model);
  for (const [alias, route] of Object.entries(document.aliases ?? {})) {
    const index = routes.findIndex((r) => r.name === route);
    if (index < 0) {
      found.push(
        text.at(
          ['aliases', alias],
          `unknown route "${route}", expected one of ${routes.map((r) => r.name).join(', ')}`,
        ),
      );
    }
    if (alias in document.pools || models.includes(alias)) {
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

function warnOfShadowed(text: PolicyText, routes: readonly RoutePlan[], found: Diagnostic[]): void {
  const open = routes.findIndex((route) => route.when === undefined);
  if (open < 0) return;
  for (let i = open + 1; i < routes.length; i++) {
    const message = `never reached: route "${routes[open]?.name}" above has no condition and takes everything`;
    found.push(text.at(['routes', i, 'name'], message, { severity: 'warning' }));
  }
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
