// The shape of a policy file: one definition gives the type, the JSON Schema and the check; docs/policy.md is tested against it.
import { Type } from 'typebox';

const name = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
const closed = { additionalProperties: false } as const;

export const PriceSchema = Type.Object(
  {
    inputPerMTok: Type.Number({ minimum: 0, description: 'US dollars per million input tokens.' }),
    outputPerMTok: Type.Number({ minimum: 0, description: 'US dollars per million output tokens.' }),
  },
  closed,
);

export const PoolSchema = Type.Object(
  {
    model: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The name under which the servers know the model.',
    }),
    endpoints: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Base URLs of OpenAI-compatible servers, or `sim://PROFILE` for an embedded simulated one.',
    }),
    price: PriceSchema,
    contextWindow: Type.Integer({ minimum: 1, description: 'Most tokens of input and output together.' }),
    apiKeyEnv: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: "The environment variable that holds the upstream's key; the caller's own is then not passed on.",
      }),
    ),
  },
  closed,
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
  },
  closed,
);
