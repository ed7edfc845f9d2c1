// The part of an OpenAI completion request (the older, plain-text kind) that the simulator understands, checked at the edge.
import { Type } from 'typebox';
import { Maybe, Prompts, promptsOf, shapeOf, StreamOptions, type Prompt } from './request-shape.ts';
import { refusal, type WireError } from './wire-error.ts';

/** What OpenAI and vLLM generate when the request does not say. */
const DEFAULT_MAX_TOKENS = 16;
const MAX_ANSWERS = 128;

const shape = shapeOf(
  Type.Object({
    model: Type.String(),
    prompt: Prompts,
    stream: Maybe(Type.Boolean()),
    stream_options: StreamOptions,
    max_tokens: Maybe(Type.Integer({ minimum: 0 })),
    n: Maybe(Type.Integer({ minimum: 1, maximum: MAX_ANSWERS })),
    logprobs: Maybe(Type.Integer({ minimum: 0, maximum: 20 })),
    echo: Maybe(Type.Boolean()),
  }),
  'a completion request',
);

export interface CompletionRequest {
  readonly model: string;
  readonly prompts: readonly Prompt[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** 0 only with `echo`. */
  readonly maxTokens: number;
  /** Answers a prompt. */
  readonly n: number;
  /** Undefined = not asked for; else how many alternatives a token. */
  readonly topLogprobs: number | undefined;
  /** The answer begins with its prompt. */
  readonly echo: boolean;
}

/** The request, or the 400 that it deserves (told apart by `status`). */
export function parseCompletionRequest(input: unknown): CompletionRequest | WireError {
  const shaped = shape(input);
  if ('status' in shaped) return shaped;
  const { body } = shaped;
  const maxTokens = body.max_tokens ?? DEFAULT_MAX_TOKENS;
  const echo = body.echo ?? false;
  if (maxTokens === 0 && !echo) return refusal(400, 'max_tokens: must be >= 1 without echo', 'max_tokens');
  const prompts = promptsOf(body.prompt);
  const n = body.n ?? 1;
  if (prompts.length * n > 2048) return refusal(400, 'n: at most 2048 answers a request', 'n');
  return {
    model: body.model,
    prompts,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    maxTokens,
    n,
    topLogprobs: body.logprobs ?? undefined,
    echo,
  };
}
