// Bytes -> a checked body: parsed once, here; inside nobody checks again. Unknown fields are kept.
import { Type, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ChatBody, ChatRequest } from '../../workload/index.ts';
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
  response_format: nullable(Type.Object({ type: Type.Optional(Type.String()) })),
  logprobs: nullable(Type.Boolean()),
  prompt_cache_key: nullable(Type.String()),
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

const checkChat = Compile(ChatSchema);
const checkFeedback = Compile(FeedbackSchema);

export interface FeedbackBody {
  readonly decision_id: string;
  readonly score: number;
  readonly label?: string;
  readonly rater?: string;
  readonly source?: string;
}

/** Throws gatewayErrors.invalidJson and invalidField. */
export function parseChatRequest(bytes: Buffer | undefined, session: string | undefined): ChatRequest {
  const body = parse(bytes, checkChat) as ChatBody;
  return { operation: 'chat', body, bytes: bytes ?? EMPTY, hints: { session, slo: undefined, tags: {} } };
}

/** Throws gatewayErrors.invalidJson and invalidField. */
export function parseFeedback(bytes: Buffer | undefined): FeedbackBody {
  return parse(bytes, checkFeedback) as FeedbackBody;
}

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { keyword: string; instancePath: string; message: string; params: object }[];
}

const EMPTY = Buffer.alloc(0);

/** `bytes`: undefined when there was no body at all. */
function parse(bytes: Buffer = EMPTY, checker: Checker): unknown {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
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
