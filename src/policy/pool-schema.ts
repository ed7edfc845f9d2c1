// The shape of one pool in a policy file, with its defaults.
import { Type } from 'typebox';
import { ENGINE_KINDS } from './engines.ts';

const PICK_KINDS = ['least-tokens', 'least-requests', 'round-robin', 'session-hash'] as const;

export type PickKind = (typeof PICK_KINDS)[number];

/** What is filled in where a pool says nothing. */
export const POOL_DEFAULTS = {
  weight: 1,
  pick: 'least-tokens',
  queue: { size: 64, timeoutMs: 10_000 },
  healthCheck: { intervalMs: 5_000, timeoutMs: 2_000, unhealthyAfter: 3, healthyAfter: 2 },
  connectMs: 2_000,
} as const;

const closed = { additionalProperties: false } as const;

/** A day; a timer of more than 24.8 would fire at once. */
const LONGEST_MS = 86_400_000;

/** Milliseconds that may be left out. */
export function duration(byDefault: number, description: string) {
  return Type.Optional(Type.Integer({ minimum: 1, maximum: LONGEST_MS, default: byDefault, description }));
}

function count(byDefault: number, minimum: number, description: string) {
  return Type.Optional(Type.Integer({ minimum, maximum: 100_000, default: byDefault, description }));
}

const PriceSchema = Type.Object(
  {
    inputPerMTok: Type.Number({ minimum: 0, description: 'US dollars per million input tokens.' }),
    cachedInputPerMTok: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          "US dollars per million input tokens that came from the upstream's prefix cache. Default: inputPerMTok.",
      }),
    ),
    outputPerMTok: Type.Number({ minimum: 0, description: 'US dollars per million output tokens.' }),
  },
  { ...closed, description: 'What the tokens cost.' },
);

const url = { minLength: 1, description: 'A base URL.' } as const;

const EndpointSchema = Type.Object(
  {
    url: Type.String(url),
    weight: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_000,
        default: POOL_DEFAULTS.weight,
        description: "Share of the load, relative to the pool's other endpoints.",
      }),
    ),
    maxConcurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Most requests at once; more wait in the queue. Default: no limit.',
      }),
    ),
  },
  closed,
);

const { healthCheck } = POOL_DEFAULTS;

const HealthCheckSchema = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        pattern: '^/[^\\s#]*$',
        maxLength: 500,
        description:
          "Asked with GET, from the server's root; any 2xx is healthy, 401 and 403 too. Default: what the engine knows.",
      }),
    ),
    intervalMs: duration(healthCheck.intervalMs, 'Milliseconds between two checks.'),
    timeoutMs: duration(healthCheck.timeoutMs, 'Milliseconds after which a check has failed.'),
    unhealthyAfter: count(healthCheck.unhealthyAfter, 1, 'Failed checks in a row after which an endpoint is left out.'),
    healthyAfter: count(healthCheck.healthyAfter, 1, 'Good checks in a row after which it is taken back.'),
  },
  closed,
);

const quality = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const QualitySchema = Type.Object(
  { overall: quality('Expected quality of answers, of 0..1, where nothing else is known of the topic.') },
  {
    additionalProperties: quality('The same on one topic.'),
    description: "The model's card: how good its answers are, overall and by topic where that differs.",
  },
);

export const PoolSchema = Type.Object(
  {
    model: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The name under which the servers know the model.',
    }),
    endpoints: Type.Array(Type.Union([Type.String(url), EndpointSchema]), {
      minItems: 1,
      description:
        'Base URLs of OpenAI-compatible servers, or `sim://PROFILE` for an embedded simulated one; or objects with `url` and its settings.',
    }),
    price: PriceSchema,
    contextWindow: Type.Integer({ minimum: 1, description: 'Most tokens of input and output together.' }),
    apiKeyEnv: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: "The environment variable that holds the upstream's key; the caller's own is then not passed on.",
      }),
    ),
    engine: Type.Optional(
      Type.Enum(ENGINE_KINDS, {
        description: 'What the servers are. Default: openai; vllm for a pool of sim:// endpoints.',
      }),
    ),
    pick: Type.Optional(
      Type.Enum(PICK_KINDS, {
        default: POOL_DEFAULTS.pick,
        description: 'How an endpoint of the pool is picked for a request.',
      }),
    ),
    queue: Type.Optional(
      Type.Object(
        {
          size: count(POOL_DEFAULTS.queue.size, 0, 'Most requests that wait; 0: none.'),
          timeoutMs: duration(POOL_DEFAULTS.queue.timeoutMs, 'Most milliseconds that a request waits.'),
        },
        { ...closed, description: 'Where requests wait while every endpoint is at its maxConcurrency.' },
      ),
    ),
    healthCheck: Type.Optional(
      Type.Union([Type.Literal(true), HealthCheckSchema], {
        description: 'Active health checks; `true`: with the defaults. Absent: health is told from requests alone.',
      }),
    ),
    quality: Type.Optional(QualitySchema),
    timeouts: Type.Optional(
      Type.Object(
        { connectMs: duration(POOL_DEFAULTS.connectMs, 'Milliseconds until a connection stands.') },
        { ...closed, description: "How long the pool's endpoints may take." },
      ),
    ),
  },
  closed,
);
