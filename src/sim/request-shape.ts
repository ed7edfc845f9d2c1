// What the request schemas of all endpoints share.
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { refusal, type WireError } from './wire-error.ts';

/** Clients send null for "not set" as often as they leave the field out. */
export const Maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
export const JsonObject = Type.Record(Type.String(), Type.Unknown());
export const StreamOptions = Maybe(Type.Object({ include_usage: Maybe(Type.Boolean()) }));

/** As OpenAI limits them. */
const MAX_PROMPTS = 2048;
const TokenIds = Type.Array(Type.Integer({ minimum: 0, maximum: 0xffff_ffff }), { minItems: 1 });

/** `prompt` of a completion and `input` of embeddings: one text, texts, one text as token ids, such texts. */
export const Prompts = Type.Union([
  Type.String(),
  Type.Array(Type.String(), { minItems: 1, maxItems: MAX_PROMPTS }),
  TokenIds,
  Type.Array(TokenIds, { minItems: 1, maxItems: MAX_PROMPTS }),
]);

export type Prompt = string | readonly number[];

export function promptsOf(prompts: Static<typeof Prompts>): readonly Prompt[] {
  if (typeof prompts === 'string') return [prompts];
  return typeof prompts[0] === 'number' ? [prompts as number[]] : (prompts as readonly (string | number[])[]);
}

/** Checks a body: it, typed, or the 400 that it deserves. */
export function shapeOf<T extends TSchema>(
  schema: T,
  what: string,
): (body: unknown) => { readonly body: Static<T> } | WireError {
  const compile = () => Compile(schema);
  // When the first body comes: it takes a millisecond or two.
  let check: ReturnType<typeof compile> | undefined;
  return (body) => {
    check ??= compile();
    if (check.Check(body)) return { body };
    const [error] = check.Errors(body);
    const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
    return refusal(400, `${path || 'body'}: ${error?.message ?? `is not ${what}`}`, path || null);
  };
}
