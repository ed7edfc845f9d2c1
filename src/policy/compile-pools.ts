// The pools of a policy with every default filled in, and what is wrong with them.
import type { PolicyText } from './document.ts';
import { ENGINES, type EngineKind } from './engines.ts';
import { POOL_DEFAULTS } from './pool-schema.ts';
import type { Diagnostic } from './compiling.ts';
import type { EndpointSpec, HealthCheck, PoolSpec } from './pool-plan.ts';
import type { PoolText, WellShaped } from './well-shaped.ts';

export function compilePools(
  text: PolicyText,
  document: WellShaped,
  simProfiles: readonly string[],
  found: Diagnostic[],
): ReadonlyMap<string, PoolSpec> {
  const pools = new Map<string, PoolSpec>();
  for (const [name, pool] of document.pools) {
    if (pool === undefined) continue;
    const endpoints = pool.endpoints.map(toEndpoint);
    const seen = new Set<string>();
    for (const [i, { url }] of endpoints.entries()) {
      const wrong = wrongEndpoint(url, seen, simProfiles);
      const at = typeof pool.endpoints[i] === 'string' ? [] : ['url'];
      if (wrong !== undefined) found.push(text.at(['pools', name, 'endpoints', i, ...at], wrong));
      seen.add(url);
    }
    const engine = pool.engine ?? (endpoints.every(({ url }) => url.startsWith('sim:')) ? 'vllm' : 'openai');
    const { model, contextWindow, apiKeyEnv, price, queue } = pool;
    pools.set(name, {
      name,
      model,
      endpoints,
      price: { ...price, cachedInputPerMTok: price.cachedInputPerMTok ?? price.inputPerMTok },
      contextWindow,
      apiKeyEnv,
      engine,
      asksUsage: ENGINES[engine].asksUsage,
      pick: pool.pick ?? POOL_DEFAULTS.pick,
      queue: { ...POOL_DEFAULTS.queue, ...queue },
      healthCheck: toHealthCheck(pool, engine, endpoints, (message) =>
        found.push(text.at(['pools', name, 'healthCheck'], message)),
      ),
      connectTimeoutMs: pool.timeouts?.connectMs ?? POOL_DEFAULTS.connectMs,
    });
  }
  return pools;
}

function toEndpoint(given: PoolText['endpoints'][number]): EndpointSpec {
  const { weight, maxConcurrency, url } = typeof given === 'string' ? { url: given } : given;
  return { url, weight: weight ?? POOL_DEFAULTS.weight, maxConcurrency };
}

function toHealthCheck(
  pool: PoolText,
  engine: EngineKind,
  endpoints: readonly EndpointSpec[],
  refuse: (message: string) => void,
): HealthCheck | undefined {
  const { healthCheck: given } = pool;
  if (given === undefined) return undefined;
  const settings = given === true ? {} : given;
  const path = settings.path ?? enginePath(engine, endpoints);
  if (path === undefined) {
    refuse(
      engine === 'generic'
        ? 'nobody knows the health path of a "generic" engine; say it: { path: /… }'
        : "the endpoints' base paths differ, so their health path has to be said: { path: /… }",
    );
  }
  return { ...POOL_DEFAULTS.healthCheck, ...settings, path: path ?? '/' };
}

/** undefined: the engine has none, or not the same for all endpoints. */
function enginePath(engine: EngineKind, endpoints: readonly EndpointSpec[]): string | undefined {
  const { health } = ENGINES[engine];
  if (health === undefined) return undefined;
  if (health.from === 'root') return health.path;
  const bases = new Set(
    endpoints.map(({ url }) => (URL.canParse(url) ? new URL(url).pathname.replace(/\/+$/, '') : '')),
  );
  const [base] = bases;
  return bases.size === 1 && base !== undefined ? `${base}${health.path}` : undefined;
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
  return wrongBaseUrl(url) ?? (seen.has(endpoint) ? `endpoint ${endpoint} is named twice` : undefined);
}

/** Whatever is asked below it. */
export function wrongBaseUrl(url: URL): string | undefined {
  // A key in the URL would travel into logs and metrics.
  if (url.username !== '' || url.password !== '')
    return 'credentials do not belong in a URL; name an environment variable in apiKeyEnv';
  if (url.search !== '' || url.hash !== '') return 'a base URL has no query and no fragment';
  return undefined;
}
