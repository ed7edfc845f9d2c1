// Routes that others keep requests from, and arms on them that nobody reaches: each with the example that shows it.
import type { Example } from '../examples/index.ts';
import type { Plan, RoutePlan } from '../types.ts';
import { first, is, isFalse, type Asked, type Warn } from './asked.ts';

/** Returns whether anything was found that reaches it. */
export function warnOfShadow(asked: Asked, i: number, warn: Warn): boolean {
  const { routes, aliases } = asked.plan;
  const reached = first(asked.reaching(i).map((demands) => asked.find(...demands)));
  if (reached.kind === 'found') return true;
  const above = takenBy(asked, i);
  // What no alias leads to, and what stands below a route that takes everything, is told without examples.
  if (above === undefined || aliases.size === 0) return false;
  const { route, example } = above;
  const all = reached.proved ? 'everything that it would take is' : `all of ${reached.tried} requests tried were`;
  warn(
    ['routes', i, 'when'],
    `never reached: ${all} taken by routes above, as ${asked.show(example, asked.routes[i], asked.routes[route])} by "${routes[route]?.name}"`,
  );
  return false;
}

/** A route above that takes what this one would take: all of it if there is one, else the first that takes some. */
function takenBy(
  { find, asks, routes, plan }: Asked,
  i: number,
): { readonly route: number; readonly example: Example } | undefined {
  if (routes[i] === undefined) return undefined;
  const through = asks([...plan.aliases].flatMap(([alias, last]) => (last > i ? [alias] : [])));
  let found: { readonly route: number; readonly example: Example } | undefined;
  for (let route = 0; route < i; route++) {
    const when = routes[route];
    if (when === undefined) return undefined;
    const both = find(through, is(routes[i]), is(when));
    if (both.kind === 'none') continue;
    const all = find(through, is(routes[i]), { ast: when, want: 'not-true' }).kind === 'none';
    if (all || found === undefined) found = { route, example: both.example };
    if (all) break;
  }
  return found;
}

/** Pools that are named for nothing: the requests that come here never fit them, or may not go there. */
export function warnOfArms(asked: Asked, i: number, warn: Warn): void {
  const route = asked.plan.routes[i];
  if (route === undefined) return;
  for (const list of ['candidates', 'fallbacks'] as const) {
    for (const [j, pool] of (route[list] ?? []).entries()) {
      const why = whyNever(asked, i, route, pool);
      // Candidates may be those that the strategy's stages imply.
      if (why !== undefined) warn(['routes', i, list, j], `never asked here: pool "${pool}": ${why}`);
    }
  }
}

function whyNever(asked: Asked, i: number, { name }: RoutePlan, pool: string): string | undefined {
  const { plan, confine } = asked;
  const window = plan.pools.get(pool)?.contextWindow ?? Infinity;
  const others = plan.confine.flatMap(({ pools }, k) => (pools.includes(pool) ? [] : [k]));
  const always = others.find((k) => confine[k] === undefined);
  if (always !== undefined) return `rule "${plan.confine[always]?.name}" confines every request`;
  const free = others.flatMap((k) => confine[k] ?? []).map(isFalse);
  const ways = asked.reaching(i);
  if (first(ways.map((way) => asked.find(...way, asked.fits(window), ...free))).kind === 'found') return undefined;
  const unfitting = first(ways.map((way) => asked.find(...way, asked.fits(window))));
  if (unfitting.kind === 'none') return `no request of route "${name}" fits its context window of ${window} tokens`;
  /** Each alone keeps everything away; where none does, they do together. */
  const alone = others.filter((k) => {
    const when = confine[k];
    return (
      when !== undefined &&
      first(ways.map((way) => asked.find(...way, asked.fits(window), isFalse(when)))).kind === 'none'
    );
  });
  const rules = alone.length > 0 ? alone : others;
  const names = rules.map((k) => `"${plan.confine[k]?.name}"`).join(', ');
  const shown = asked.show(unfitting.example, asked.routes[i], ...rules.map((k) => confine[k]));
  return `what comes this way is confined by ${names}, as ${shown}`;
}

/** Pools that are on routes, but on none that is reached. */
export function warnOfStranded({ pools, routes }: Plan, reached: ReadonlySet<number>, warn: Warn): void {
  for (const pool of pools.keys()) {
    const on = routes.flatMap(({ candidates, fallbacks = [] }, i) =>
      candidates.includes(pool) || fallbacks.includes(pool) ? [i] : [],
    );
    if (on.length === 0 || on.some((i) => reached.has(i))) continue;
    warn(['pools', pool], `pool "${pool}" is on no route that is ever reached`, { key: true });
  }
}

/** Pairs of routes that one request holds for: the order decides, and nothing says that it was meant to. */
export function noteOverlaps(asked: Asked, reached: ReadonlySet<number>, note: Warn): void {
  const { plan, routes } = asked;
  for (const [j, when] of routes.entries()) {
    if (when === undefined || !reached.has(j)) continue;
    const through = asked.asks([...plan.aliases].flatMap(([alias, last]) => (last > j ? [alias] : [])));
    for (let i = 0; i < j; i++) {
      if (routes[i] === undefined) continue;
      const both = asked.find(through, is(when), is(routes[i]));
      if (both.kind === 'none') continue;
      const shown = asked.show(both.example, when, routes[i]);
      note(['routes', j, 'when'], `route "${plan.routes[i]?.name}" stands above and takes some of these, as ${shown}`);
    }
  }
}
