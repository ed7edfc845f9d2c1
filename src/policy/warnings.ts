// What a policy that compiles may still not mean: routes and pools never reached, settings without effect, keys sent in clear.
import type { PolicyText } from './document.ts';
import { warnOfSignals } from './signals/signal-warnings.ts';
import type { Diagnostic, Path } from './compiling.ts';
import type { Plan, RoutePlan, Timeouts } from './types.ts';
import type { PoolText, WellShaped } from './well-shaped.ts';

export function warnings(text: PolicyText, document: WellShaped, plan: Plan): Diagnostic[] {
  const found: Diagnostic[] = [];
  const warn: Warn = (path, message, key = false) => {
    found.push(text.at(path, message, { severity: 'warning', key }));
  };
  warnOfShadowed(plan, warn);
  warnOfUnreachedPools(plan, warn);
  warnOfPools(document, warn);
  warnOfSignals(plan, document, warn);
  warnOfEmbedder(plan, warn);
  warnOfConfinedTexts(plan, warn);
  for (const [i, route] of plan.routes.entries()) {
    warnOfFallbacks(route, ['routes', i], warn);
    warnOfWeights(route, ['routes', i], warn);
    if (document.routes[i]?.timeouts !== undefined) {
      warnOfTimeouts(route.timeouts, document.routes[i].timeouts, ['routes', i, 'timeouts'], warn);
    }
  }
  if (document.timeouts !== undefined) warnOfTimeouts(plan.timeouts, document.timeouts, ['timeouts'], warn);
  return found;
}

type Warn = (path: Path, message: string, key?: boolean) => void;

function warnOfShadowed({ routes, aliases }: Plan, warn: Warn): void {
  if (routes.length > 0 && aliases.size === 0)
    warn(['routes'], 'no alias leads to these routes: add `aliases: { auto: ROUTE }`', true);
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

/** A policy without routes is meant to be asked by pools' and models' names. */
function warnOfUnreachedPools({ pools, routes }: Plan, warn: Warn): void {
  if (routes.length === 0) return;
  const used = new Set(routes.flatMap((route) => [...route.candidates, ...(route.fallbacks ?? [])]));
  for (const { name, model } of pools.values()) {
    if (!used.has(name))
      warn(['pools', name], `pool "${name}" is in no route: only requests for "${name}" or "${model}" get there`, true);
  }
}

function warnOfPools(document: WellShaped, warn: Warn): void {
  for (const [name, pool] of document.pools) {
    if (pool === undefined) continue;
    const path: Path = ['pools', name];
    const { price, endpoints, queue, healthCheck, apiKeyEnv } = pool;
    if (price.cachedInputPerMTok !== undefined && price.cachedInputPerMTok > price.inputPerMTok) {
      warn(
        [...path, 'price', 'cachedInputPerMTok'],
        `cached input costs more (${price.cachedInputPerMTok}) than other input (${price.inputPerMTok})`,
      );
    }
    if (queue !== undefined && !endpoints.some((e) => typeof e !== 'string' && e.maxConcurrency !== undefined)) {
      warn([...path, 'queue'], 'nobody will ever wait here: no endpoint of the pool has a maxConcurrency', true);
    }
    if (typeof healthCheck === 'object') {
      const { intervalMs, timeoutMs } = healthCheck;
      if (timeoutMs !== undefined && intervalMs !== undefined && timeoutMs > intervalMs) {
        warn(
          [...path, 'healthCheck', 'timeoutMs'],
          `a check may take longer (${timeoutMs} ms) than there is between two (${intervalMs} ms)`,
        );
      }
    }
    if (apiKeyEnv === undefined) warnOfCheckWithoutKey(pool, [...path, 'healthCheck'], warn);
    if (apiKeyEnv === undefined) continue;
    for (const [i, endpoint] of endpoints.entries()) {
      const inside = typeof endpoint === 'string' ? [] : ['url'];
      if (inClear(urlOf(endpoint))) {
        warn(
          [...path, 'endpoints', i, ...inside],
          `the key in ${apiKeyEnv} goes over the network in clear; expected https`,
        );
      }
    }
  }
}

/** Servers that want a key are on https; what is asked by default of theirs wants it too. */
function warnOfCheckWithoutKey({ endpoints, engine, healthCheck }: PoolText, path: Path, warn: Warn): void {
  if (healthCheck === undefined || (engine ?? 'openai') !== 'openai') return;
  if (healthCheck !== true && healthCheck.path !== undefined) return;
  if (!endpoints.some((endpoint) => urlOf(endpoint).startsWith('https:'))) return;
  warn(
    path,
    'the checks bring no key: a server that wants one answers 401, which only says that it lives; expected apiKeyEnv, or a path that needs none',
    true,
  );
}

/** What is asked for a vector leaves before any rule has said where its request may go. */
function warnOfConfinedTexts({ confine, embedder, needs, pools }: Plan, warn: Warn): void {
  if (embedder.kind !== 'http' || !needs.calls.some((call) => call.function === 'similar')) return;
  const { hostname } = new URL(embedder.url);
  if (isLoopback(hostname)) return;
  for (const rule of confine) {
    const endpoints = rule.pools.flatMap((name) => pools.get(name)?.endpoints ?? []);
    if (endpoints.some(({ url }) => new URL(url).hostname === hostname)) continue;
    warn(
      ['embedder', 'url'],
      `texts go to ${hostname} before rule "${rule.name}" can confine them, and it serves none of the rule's pools`,
    );
    return;
  }
}

function warnOfEmbedder({ embedder, topics }: Plan, warn: Warn): void {
  if (embedder.kind !== 'static' && topics.length === 0)
    warn(['embedder'], 'nothing asks for vectors: the policy has no topics of its own', true);
  if (embedder.kind !== 'http' || embedder.apiKeyEnv === undefined || !inClear(embedder.url)) return;
  warn(['embedder', 'url'], `the key in ${embedder.apiKeyEnv} goes over the network in clear; expected https`);
}

function inClear(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && !isLoopback(hostname);
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function urlOf(endpoint: PoolText['endpoints'][number]): string {
  return typeof endpoint === 'string' ? endpoint : endpoint.url;
}

function warnOfFallbacks({ fallbacks, candidates, strategy }: RoutePlan, path: Path, warn: Warn): void {
  if (fallbacks === undefined) return;
  const first = candidates[0];
  const firstIsChosen = candidates.length === 1 || strategy.kind === 'fixed';
  for (const [j, pool] of fallbacks.entries()) {
    if (firstIsChosen && pool === first)
      warn(
        [...path, 'fallbacks', j],
        `pool "${pool}" is always the first to be tried on this route, so never a fallback`,
      );
  }
  const others = candidates.slice(1);
  if (strategy.kind === 'fixed' && others.length > 0 && others.join('\n') === fallbacks.join('\n')) {
    warn([...path, 'fallbacks'], 'these are the fallbacks anyway: the other candidates in order', true);
  }
}

function warnOfWeights({ candidates, strategy }: RoutePlan, path: Path, warn: Warn): void {
  const weights = strategy.options['weights'] as Readonly<Record<string, number>> | undefined;
  if (weights === undefined) return;
  if (candidates.every((pool) => Object.hasOwn(weights, pool) && weights[pool] === 0)) {
    warn([...path, 'strategy', 'weights'], 'every candidate weighs 0, so the first one is always chosen', true);
  }
}

/** `effective`: with what is inherited and by default. */
function warnOfTimeouts(effective: Timeouts, given: Partial<Timeouts>, path: Path, warn: Warn): void {
  for (const key of ['ttftMs', 'itlMs'] as const) {
    if (effective[key] <= effective.totalMs) continue;
    // The default is longer than a short total time: nothing is lost, and nothing was said.
    if (given[key] === undefined) continue;
    warn([...path, key], `${key} (${effective[key]}) is never reached: totalMs (${effective.totalMs}) ends before it`);
  }
}
