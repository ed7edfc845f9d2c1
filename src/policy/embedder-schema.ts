// The shape of `embedder` in a policy file: which engine turns texts into vectors, with its defaults.
import { Type, type Static } from 'typebox';
import { duration } from './pool-schema.ts';

const closed = { additionalProperties: false } as const;

/** What is filled in where nothing is said. */
export const EMBEDDER_DEFAULTS = {
  transformers: { allowHub: false, dtype: 'q8', deadlineMs: 300, queue: 32 },
  http: { deadlineMs: 500, concurrency: 8, cache: 2_000, maxChars: 8_192 },
} as const;

const POOLINGS = ['mean', 'cls', 'last_token'] as const;
const DTYPES = ['q8', 'fp32', 'fp16', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;

const { transformers, http } = EMBEDDER_DEFAULTS;

const model = (description: string) => Type.String({ minLength: 1, maxLength: 500, description });

const deadline = (byDefault: number) =>
  duration(byDefault, 'Milliseconds after which a text does without its vector, waiting included.');

function count(byDefault: number, minimum: number, maximum: number, description: string) {
  return Type.Optional(Type.Integer({ minimum, maximum, default: byDefault, description }));
}

const TransformersSchema = Type.Object(
  {
    kind: Type.Literal('transformers', { description: 'An ONNX sentence encoder in a thread of this process.' }),
    model: model('The folder of the model, from where the policy file is; or, with `allowHub`, a name on the hub.'),
    allowHub: Type.Optional(
      Type.Boolean({ default: transformers.allowHub, description: 'Whether a model that is no folder is downloaded.' }),
    ),
    pooling: Type.Optional(
      Type.Enum(POOLINGS, {
        description: "How a text's pieces become one vector. Default: what the model's files say.",
      }),
    ),
    dtype: Type.Optional(
      Type.Enum(DTYPES, { default: transformers.dtype, description: 'The number format of the weights.' }),
    ),
    deadlineMs: deadline(transformers.deadlineMs),
    queue: count(transformers.queue, 0, 10_000, 'Texts that may wait for the encoder; more do without.'),
  },
  { ...closed, description: 'An ONNX sentence encoder in a thread of this process.' },
);

const HttpSchema = Type.Object(
  {
    kind: Type.Literal('http', { description: 'An OpenAI-compatible embedding server.' }),
    url: Type.String({ minLength: 1, description: 'Its base URL, as http://HOST:PORT/v1.' }),
    model: model('The name under which the server knows the model.'),
    apiKeyEnv: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: "The environment variable that holds the server's key.",
      }),
    ),
    deadlineMs: deadline(http.deadlineMs),
    concurrency: count(http.concurrency, 1, 1_000, 'Calls at once; eight times as many texts may wait.'),
    cache: count(http.cache, 0, 1_000_000, 'Vectors of recent texts that are kept.'),
    dimensions: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_536,
        description: 'Asked of the server, which need not be up at the start then. Default: what its first answer has.',
      }),
    ),
    maxChars: count(http.maxChars, 1, 1_000_000, "Characters of a text's head that are sent."),
  },
  { ...closed, description: 'An OpenAI-compatible embedding server.' },
);

export const EmbedderSchema = Type.Union([Type.Literal('static'), TransformersSchema, HttpSchema], {
  default: 'static',
  description:
    'What turns texts into vectors for topics of your own: the built-in table, or an engine with its settings.',
});

export type EmbedderText = Static<typeof EmbedderSchema>;
