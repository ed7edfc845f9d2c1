// The shape of `signals` and `callers` in a policy file.
import { Type } from 'typebox';
import type { Cost } from './functions.ts';

const closed = { additionalProperties: false } as const;

/** Names that CEL can write behind `signals.`. */
export const SIGNAL_NAME = '^[A-Za-z_][A-Za-z0-9_]{0,63}$';

export const DEFAULT_DEADLINE_MS = 50;

export const SignalSchema = Type.Object(
  {
    value: Type.String({ minLength: 1, description: 'A CEL expression over facts, functions and other signals.' }),
    default: Type.Unsafe<boolean | number | string | readonly string[]>({
      anyOf: [
        { type: 'boolean' },
        { type: 'number' },
        { type: 'string' },
        Type.Array(Type.String(), { description: 'A list of texts.' }),
      ],
      description: 'What is taken when the value cannot be told, or not in time: of the type of the value.',
    }),
    deadlineMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        default: DEFAULT_DEADLINE_MS,
        description: 'Milliseconds that what it asks of an encoder is waited for.',
      }),
    ),
    cost: Type.Optional(
      Type.Unsafe<Cost>({
        type: 'string',
        enum: ['cheap', 'text', 'encoder'],
        description:
          'What asking it costs: facts alone, a look at the text, an encoder. Told from the value; written here it is checked.',
      }),
    ),
  },
  closed,
);

const NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

export const CallerSchema = Type.Object(
  {
    keyEnv: Type.Optional(
      Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'The environment variable that holds the key.' }),
    ),
    keySha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'The SHA-256 of the key, 64 hex digits.' }),
    ),
    role: Type.Optional(
      Type.String({ pattern: NAME, description: 'What conditions see as caller_role. Default: "".' }),
    ),
    tags: Type.Optional(
      Type.Record(Type.String({ pattern: NAME }), Type.String({ minLength: 1, maxLength: 128 }), {
        ...closed,
        description: 'Tags of all requests of the caller; they go before what the request says itself.',
      }),
    ),
  },
  closed,
);
