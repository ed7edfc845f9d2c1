// The shape of `keywords` in a policy file.
import { Type } from 'typebox';
import { PERSONAL_DATA } from './personal-data.ts';

const closed = { additionalProperties: false } as const;

export const BUILTINS = ['pii', ...PERSONAL_DATA] as const;

export type Builtin = (typeof BUILTINS)[number];

/** What is filled in where a set says nothing. */
export const KEYWORD_DEFAULTS = { fuzzy: 0, in: 'last' } as const;

const builtin = Type.Unsafe<Builtin>({ type: 'string', enum: [...BUILTINS] });

export const KeywordsSchema = Type.Object(
  {
    any: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 1,
        maxItems: 2_000,
        description: 'Words and phrases, found as whole words whatever their case and accents.',
      }),
    ),
    patterns: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
        minItems: 1,
        maxItems: 50,
        description: "Regular expressions in RE2's syntax, over the text as it was written.",
      }),
    ),
    fuzzy: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2,
        default: KEYWORD_DEFAULTS.fuzzy,
        description: 'Letters by which a word of 5 letters or more may differ; two of them only from 8 letters on.',
      }),
    ),
    builtin: Type.Optional(
      Type.Unsafe<Builtin | readonly Builtin[]>({
        anyOf: [builtin, Type.Array(builtin, { minItems: 1, uniqueItems: true })],
        description: 'Ready-made recognisers, by name; "pii" is all of them.',
      }),
    ),
    in: Type.Optional(
      Type.Unsafe<'last' | 'all'>({
        type: 'string',
        enum: ['last', 'all'],
        default: KEYWORD_DEFAULTS.in,
        description: 'What is looked at: the last user message, or all messages and tool calls.',
      }),
    ),
    beyond: Type.Optional(
      Type.Unsafe<'hit' | 'miss'>({
        type: 'string',
        enum: ['hit', 'miss'],
        description: 'What text beyond the first 262144 characters counts as. Default: hit with a builtin, else miss.',
      }),
    ),
  },
  closed,
);
