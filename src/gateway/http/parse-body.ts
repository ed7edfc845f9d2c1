// Bytes -> a checked body: parsed once, here; inside nobody checks again. Unknown fields are kept.
import { isAscii, isUtf8 } from 'node:buffer';
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type {
  ChatBody,
  CompletionBody,
  EmbeddingBody,
  Hints,
  InferenceRequest,
  Operation,
} from '../../workload/index.ts';
import { gatewayErrors } from '../errors.ts';

const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const ChatSchema = Type.Object({
  model: Type.String({ minLength: 1, maxLength: 256 }),
  messages: Type.Array(
    Type.Object({
      role: Type.String({ minLength: 1, maxLength: 64 }),
      content: nullable(
        Type.Union([
          Type.String(),
          Type.Array(Type.Object({ type: Type.String(), text: Type.Optional(Type.String()) })),
        ]),
      ),
      tool_calls: nullable(Type.Array(Type.Unknown())),
    }),
    { minItems: 1 },
  ),
  stream: nullable(Type.Boolean()),
  stream_options: nullable(Type.Object({ include_usage: Type.Optional(Type.Boolean()) })),
  max_tokens: nullable(Type.Integer({ minimum: 1 })),
  max_completion_tokens: nullable(Type.Integer({ minimum: 1 })),
  tools: nullable(Type.Array(Type.Unknown())),
  functions: nullable(Type.Array(Type.Unknown())),
  response_format: nullable(Type.Object({ type: Type.Optional(Type.String()) })),
  reasoning_effort: nullable(Type.String({ maxLength: 64 })),
  reasoning: nullable(Type.Object({ effort: nullable(Type.String({ maxLength: 64 })) })),
  service_tier: nullable(Type.String({ maxLength: 64 })),
  logprobs: nullable(Type.Boolean()),
  prompt_cache_key: nullable(Type.String()),
});

/** A text, several, the token ids of a text, or those of several. */
const PromptSchema = Type.Union([
  Type.String(),
  Type.Array(Type.String(), { minItems: 1 }),
  Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 }),
  Type.Array(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 }), { minItems: 1 }),
]);

const CompletionSchema = Type.Object({
  model: ChatSchema.properties.model,
  prompt: PromptSchema,
  stream: ChatSchema.properties.stream,
  stream_options: ChatSchema.properties.stream_options,
  // 0 with `echo`: the prompt's own log-probabilities.
  max_tokens: nullable(Type.Integer({ minimum: 0 })),
  n: nullable(Type.Integer({ minimum: 1 })),
  suffix: nullable(Type.String()),
  response_format: ChatSchema.properties.response_format,
  service_tier: ChatSchema.properties.service_tier,
  prompt_cache_key: ChatSchema.properties.prompt_cache_key,
});

const EmbeddingSchema = Type.Object({
  model: ChatSchema.properties.model,
  input: PromptSchema,
  dimensions: nullable(Type.Integer({ minimum: 1 })),
  encoding_format: nullable(Type.String({ maxLength: 16 })),
});

const FeedbackSchema = Type.Object(
  {
    decision_id: Type.String({ minLength: 1, maxLength: 128 }),
    score: Type.Number({ minimum: 0, maximum: 1 }),
    label: Type.Optional(Type.String({ maxLength: 128 })),
    rater: Type.Optional(Type.String({ maxLength: 128 })),
    source: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false },
);

const CHECKS: Readonly<Record<Operation, Checker>> = {
  chat: Compile(ChatSchema),
  completion: Compile(CompletionSchema),
  embedding: Compile(EmbeddingSchema),
};
const checkFeedback = Compile(FeedbackSchema);

export interface FeedbackBody {
  readonly decision_id: string;
  readonly score: number;
  readonly label?: string;
  readonly rater?: string;
  readonly source?: string;
}

/** Throws gatewayErrors.invalidJson and invalidField. */
export function parseRequest(operation: Operation, bytes: Buffer = EMPTY, hints: Hints): InferenceRequest {
  const body = parse(bytes, CHECKS[operation]);
  const { stream_options: options } = body as ChatBody;
  if (options !== undefined && isDeeper(options, STREAM_OPTIONS_DEPTH)) {
    throw gatewayErrors.invalidField.with({ param: 'stream_options' }, 'stream_options', 'is nested too deeply');
  }
  switch (operation) {
    case 'chat':
      return { operation, body: body as ChatBody, bytes, hints };
    case 'completion':
      return { operation, body: body as CompletionBody, bytes, hints };
    case 'embedding':
      return { operation, body: body as EmbeddingBody, bytes, hints };
  }
}

/** Throws gatewayErrors.invalidJson and invalidField. */
export function parseFeedback(bytes: Buffer | undefined): FeedbackBody {
  return parse(bytes, checkFeedback) as FeedbackBody;
}

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { keyword: string; instancePath: string; message: string; params: object }[];
}

/** They are written anew, by recursion; whatever else is nested is passed on as it came. */
const STREAM_OPTIONS_DEPTH = 16;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

const EMPTY = Buffer.alloc(0);

/** `bytes`: undefined when there was no body at all. */
function parse(bytes: Buffer = EMPTY, checker: Checker): unknown {
  // Most bodies are ASCII, and such a string is made in half the time.
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) throw gatewayErrors.invalidJson('it is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString(ascii ? 'latin1' : 'utf8'));
  } catch (cause) {
    // V8's message quotes the body: callers may see their own text, but it must not reach the log.
    const at = /position (\d+)/.exec((cause as Error).message)?.[1];
    throw gatewayErrors.invalidJson(
      bytes.length === 0 ? 'it is empty' : at === undefined ? 'it ends too early' : `error at character ${at}`,
    );
  }
  if (checker.Check(value)) return value;
  // Of a union every branch complains: the complaint that goes deepest is about the branch that was meant.
  const errors = checker.Errors(value).filter((error) => error.keyword !== 'boolean');
  const first = errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0];
  const params = (first?.params ?? {}) as { requiredProperties?: string[]; additionalProperties?: string[] };
  const inner = params.requiredProperties?.[0] ?? params.additionalProperties?.[0];
  const field = fieldName(first?.instancePath ?? '', inner);
  const detail =
    params.requiredProperties !== undefined
      ? 'is missing'
      : params.additionalProperties !== undefined
        ? 'is unknown'
        : (first?.message ?? 'is invalid');
  throw gatewayErrors.invalidField.with({ param: field }, field, detail);
}

function depthOf({ instancePath, params }: { instancePath: string; params: object }): number {
  return instancePath.split('/').length + ('requiredProperties' in params ? 1 : 0);
}

/** `/messages/0/role` -> `messages[0].role`, as OpenAI writes it. */
function fieldName(pointer: string, inner: string | undefined): string {
  const steps = [...pointer.split('/').slice(1), ...(inner === undefined ? [] : [inner])];
  const name = steps.reduce(
    (text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
  return name === '' ? '(body)' : name;
}
