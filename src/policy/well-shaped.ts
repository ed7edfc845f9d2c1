// What of a policy can still be looked at when other parts are malformed, so that every error is said at once.
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Clean } from 'typebox/value';
import { PoolSchema } from './pool-schema.ts';
import { ConfineSchema, LimitsSchema, RetryBudgetSchema, RouteSchema, TimeoutsSchema } from './schema.ts';

export type PoolText = Static<typeof PoolSchema>;
export type RouteText = Static<typeof RouteSchema>;
export type ConfineText = Static<typeof ConfineSchema>;

/** undefined stands where a part is malformed; positions and names are those of the document. */
export interface WellShaped {
  readonly pools: ReadonlyMap<string, PoolText | undefined>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: readonly (RouteText | undefined)[];
  readonly confine: readonly (ConfineText | undefined)[];
  readonly timeouts: Static<typeof TimeoutsSchema> | undefined;
  readonly limits: Static<typeof LimitsSchema> | undefined;
  readonly retryBudget: Static<typeof RetryBudgetSchema> | undefined;
}

const isPool = Compile(PoolSchema);
const isRoute = Compile(RouteSchema);
const isConfine = Compile(ConfineSchema);
const isTimeouts = Compile(TimeoutsSchema);
const isLimits = Compile(LimitsSchema);
const isRetryBudget = Compile(RetryBudgetSchema);

export function wellShaped(value: unknown): WellShaped {
  const { pools, aliases, routes, confine, timeouts, limits, retryBudget } = record(value);
  return {
    pools: new Map(Object.entries(record(pools)).map(([name, pool]) => [name, fitting(isPool, PoolSchema, pool)])),
    aliases: new Map(
      Object.entries(record(aliases)).flatMap(([alias, route]) =>
        typeof route === 'string' ? [[alias, route] as const] : [],
      ),
    ),
    routes: Array.isArray(routes) ? routes.map((route) => fitting(isRoute, RouteSchema, route)) : [],
    confine: Array.isArray(confine) ? confine.map((rule) => fitting(isConfine, ConfineSchema, rule)) : [],
    timeouts: fitting(isTimeouts, TimeoutsSchema, timeouts),
    limits: fitting(isLimits, LimitsSchema, limits),
    retryBudget: fitting(isRetryBudget, RetryBudgetSchema, retryBudget),
  };
}

/** Unknown keys are left out: they are errors of their own, and the others are worth looking at. */
function fitting<S extends TSchema>(
  check: { Check(value: unknown): boolean },
  schema: S,
  value: unknown,
): Static<S> | undefined {
  const known = Clean(schema, structuredClone(value));
  return check.Check(known) ? (known as Static<S>) : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
