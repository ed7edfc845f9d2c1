// The shape of a policy file: one definition gives the type, the JSON Schema and the check; docs/policy.md is tested against it.
import { Type } from 'typebox';
import { KeywordsSchema } from './keywords/schema.ts';
import { EmbedderSchema } from './embedder-schema.ts';
import { duration, PoolSchema } from './pool-schema.ts';
import { CallerSchema, SIGNAL_NAME, SignalSchema } from './signals/schema.ts';
import { TopicSchema } from './topic-schema.ts';

const name = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
const closed = { additionalProperties: false } as const;

/** What is filled in where neither route nor policy says anything. */
export const POLICY_DEFAULTS = {
  timeouts: { ttftMs: 300_000, itlMs: 120_000, totalMs: 3_600_000 },
  retryBudget: { ratio: 0.2, minPerSecond: 10 },
} as const;

function timeoutsSchema(description: string) {
  const { ttftMs, itlMs, totalMs } = POLICY_DEFAULTS.timeouts;
  return Type.Object(
    {
      ttftMs: duration(ttftMs, 'Milliseconds until the first byte of an answer.'),
      itlMs: duration(itlMs, 'Milliseconds between two pieces of an answer.'),
      totalMs: duration(totalMs, 'Milliseconds for all of a request: attempts, stages and the answer.'),
    },
    { ...closed, description },
  );
}

export const TimeoutsSchema = timeoutsSchema('Timeouts of all routes, and of requests that name a pool or a model.');

const most = (description: string) => Type.Optional(Type.Integer({ minimum: 1, description }));

export const LimitsSchema = Type.Object(
  {
    concurrentRequests: most('Most requests under way in the gateway; more are refused with 429. Default: no limit.'),
    inputTokens: most('Most estimated input tokens of one request; more is refused with 400. Default: no limit.'),
    outputTokens: most('The highest output limit that a request may name; a higher one is 400. Default: no limit.'),
  },
  { ...closed, description: 'What is refused at the door.' },
);

export const RetryBudgetSchema = Type.Object(
  {
    ratio: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: POLICY_DEFAULTS.retryBudget.ratio,
        description: 'Retries may be this share of the requests.',
      }),
    ),
    minPerSecond: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100_000,
        default: POLICY_DEFAULTS.retryBudget.minPerSecond,
        description: 'So many retries a second are always allowed.',
      }),
    ),
  },
  { ...closed, description: 'How many second attempts there may be, so that a failing fleet is not stormed.' },
);

export const RouteSchema = Type.Object(
  {
    name: Type.String({ pattern: name, description: 'Unique; shown in headers, metrics and the log.' }),
    when: Type.Optional(
      Type.String({ minLength: 1, description: 'A CEL condition over the facts of docs/facts.md; absent: always.' }),
    ),
    candidates: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        uniqueItems: true,
        description: 'The pools that may answer, in order of preference.',
      }),
    ),
    strategy: Type.Optional(
      Type.Unsafe<string | { kind: string; [key: string]: unknown }>({
        description:
          'How to choose among the candidates: a kind, or an object with `kind` and its settings. Default: fixed.',
      }),
    ),
    fallbacks: Type.Optional(
      Type.Array(Type.String(), {
        uniqueItems: true,
        description:
          "Pools to try, in this order, after the chosen one; they need not be candidates. Default: the other candidates in the strategy's order.",
      }),
    ),
    timeouts: Type.Optional(timeoutsSchema("This route's timeouts. Default: the policy's.")),
  },
  closed,
);

export const ConfineSchema = Type.Object(
  {
    name: Type.String({ pattern: name, description: 'Unique among the rules; shown in reasons and the log.' }),
    when: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A CEL condition over the facts of docs/facts.md; absent: always. One that cannot be told confines.',
      }),
    ),
    pools: Type.Array(Type.String(), {
      minItems: 1,
      uniqueItems: true,
      description: 'The only pools that such a request may ever be sent to.',
    }),
  },
  closed,
);

export const PolicySchema = Type.Object(
  {
    version: Type.Literal(1, { description: 'The version of this format.' }),
    pools: Type.Record(Type.String({ pattern: name }), PoolSchema, {
      ...closed,
      minProperties: 1,
      description: 'All endpoints that serve one model in one way, by name.',
    }),
    aliases: Type.Optional(
      Type.Record(Type.String({ pattern: name }), Type.String(), {
        ...closed,
        description:
          'Model names that callers use to be routed: routes are tried in order up to the named one, which takes what no earlier route took.',
      }),
    ),
    routes: Type.Optional(
      Type.Array(RouteSchema, { description: 'Tried in order; the first whose condition holds decides.' }),
    ),
    confine: Type.Optional(
      Type.Array(ConfineSchema, {
        description:
          'Requests that must not leave certain pools, whatever the route, the alias, the name that is asked for, the fallback or the stage.',
      }),
    ),
    keywords: Type.Optional(
      Type.Record(Type.String({ pattern: name }), KeywordsSchema, {
        ...closed,
        description: 'Sets of words, patterns and kinds of personal data, asked in conditions as keywords("NAME").',
      }),
    ),
    signals: Type.Optional(
      Type.Record(Type.String({ pattern: SIGNAL_NAME }), SignalSchema, {
        ...closed,
        description: 'Named expressions over facts, asked in conditions as signals.NAME.',
      }),
    ),
    callers: Type.Optional(
      Type.Record(Type.String({ pattern: name }), CallerSchema, {
        ...closed,
        description: 'Who is recognised by the key that they send: the facts caller and caller_role.',
      }),
    ),
    requireCaller: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether requests of nobody among the callers are refused with 401.',
      }),
    ),
    embedder: Type.Optional(EmbedderSchema),
    topics: Type.Optional(
      Type.Record(Type.String({ pattern: name }), TopicSchema, {
        ...closed,
        description: 'Topics of your own, each defined by example phrases, by name.',
      }),
    ),
    timeouts: Type.Optional(TimeoutsSchema),
    limits: Type.Optional(LimitsSchema),
    retryBudget: Type.Optional(RetryBudgetSchema),
  },
  closed,
);
