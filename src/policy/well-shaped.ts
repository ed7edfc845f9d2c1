// What of a policy can still be looked at when other parts are malformed, so that every error is said at once.
import type { Static, TSchema } from 'typebox';
import { Check, Clean } from 'typebox/value';
import { KeywordsSchema } from './keywords/schema.ts';
import { EmbedderSchema, type EmbedderText } from './embedder-schema.ts';
import { PoolSchema } from './pool-schema.ts';
import { ConfineSchema, LimitsSchema, RetryBudgetSchema, RouteSchema, TimeoutsSchema } from './schema.ts';
import { CallerSchema, SignalSchema } from './signals/schema.ts';
import { TopicSchema } from './topic-schema.ts';

export type PoolText = Static<typeof PoolSchema>;
export type RouteText = Static<typeof RouteSchema>;
export type TopicText = Static<typeof TopicSchema>;

/** undefined stands where a part is malformed; positions and names are those of the document. */
export interface WellShaped {
  readonly pools: ReadonlyMap<string, PoolText | undefined>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: readonly (RouteText | undefined)[];
  readonly confine: readonly (Static<typeof ConfineSchema> | undefined)[];
  readonly keywords: ReadonlyMap<string, Static<typeof KeywordsSchema> | undefined>;
  readonly signals: ReadonlyMap<string, Static<typeof SignalSchema> | undefined>;
  readonly callers: ReadonlyMap<string, Static<typeof CallerSchema> | undefined>;
  readonly requireCaller: boolean;
  readonly topics: ReadonlyMap<string, TopicText | undefined>;
  readonly embedder: EmbedderText | undefined;
  readonly timeouts: Static<typeof TimeoutsSchema> | undefined;
  readonly limits: Static<typeof LimitsSchema> | undefined;
  readonly retryBudget: Static<typeof RetryBudgetSchema> | undefined;
}

export function wellShaped(value: unknown): WellShaped {
  const { pools, aliases, routes, confine, topics, embedder, keywords, signals, callers } = record(value);
  const { requireCaller, timeouts, limits, retryBudget } = record(value);
  return {
    pools: byName(PoolSchema, pools),
    aliases: new Map(
      Object.entries(record(aliases)).flatMap(([alias, route]) =>
        typeof route === 'string' ? [[alias, route] as const] : [],
      ),
    ),
    routes: Array.isArray(routes) ? routes.map((route) => fitting(RouteSchema, route)) : [],
    confine: Array.isArray(confine) ? confine.map((rule) => fitting(ConfineSchema, rule)) : [],
    keywords: byName(KeywordsSchema, keywords),
    signals: byName(SignalSchema, signals),
    callers: byName(CallerSchema, callers),
    requireCaller: requireCaller === true,
    topics: byName(TopicSchema, topics),
    embedder: fitting(EmbedderSchema, embedder),
    timeouts: fitting(TimeoutsSchema, timeouts),
    limits: fitting(LimitsSchema, limits),
    retryBudget: fitting(RetryBudgetSchema, retryBudget),
  };
}

function byName<S extends TSchema>(schema: S, value: unknown): ReadonlyMap<string, Static<S> | undefined> {
  return new Map(Object.entries(record(value)).map(([name, one]) => [name, fitting(schema, one)]));
}

/** Unknown keys are left out: they are errors of their own, and the others are worth looking at. */
function fitting<S extends TSchema>(schema: S, value: unknown): Static<S> | undefined {
  const known = Clean(schema, structuredClone(value));
  return Check(schema, known) ? known : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
