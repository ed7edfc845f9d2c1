// The part of an OpenAI chat completion request that the simulator understands, checked at the edge; all other fields are ignored.
import { Type, type Static } from 'typebox';
import type { PromptMessage } from './prompt-blocks.ts';
import { JsonObject, Maybe, shapeOf, StreamOptions } from './request-shape.ts';
import { refusal, type WireError } from './wire-error.ts';

const NamedFunction = Type.Object({ function: Type.Object({ name: Type.String() }) });

const Message = Type.Object({
  role: Type.String(),
  content: Maybe(Type.Union([Type.String(), Type.Array(JsonObject)])),
});
const Tool = Type.Object({ function: Type.Object({ name: Type.String(), parameters: Maybe(JsonObject) }) });

const Body = Type.Object({
  model: Type.String(),
  messages: Type.Array(Message, { minItems: 1 }),
  stream: Maybe(Type.Boolean()),
  stream_options: StreamOptions,
  max_tokens: Maybe(Type.Integer({ minimum: 1 })),
  max_completion_tokens: Maybe(Type.Integer({ minimum: 1 })),
  n: Maybe(Type.Literal(1)),
  logprobs: Maybe(Type.Boolean()),
  top_logprobs: Maybe(Type.Integer({ minimum: 0, maximum: 20 })),
  response_format: Maybe(
    Type.Object({ type: Type.String(), json_schema: Maybe(Type.Object({ schema: Maybe(JsonObject) })) }),
  ),
  tools: Maybe(Type.Array(Tool)),
  tool_choice: Maybe(Type.Union([Type.String(), NamedFunction, JsonObject])),
});
const shape = shapeOf(Body, 'a chat completion request');
type Body = Static<typeof Body>;
export type SimTool = { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> };

export interface ChatRequest {
  readonly model: string;
  /** Text of the last user message, trimmed: what the answer book is asked. */
  readonly prompt: string;
  /** All messages in order: the prompt's size, and what the prefix cache knows it by. */
  readonly messages: readonly PromptMessage[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly maxTokens: number | undefined;
  /** Undefined = not asked for; else how many alternatives a token, 0..20. */
  readonly topLogprobs: number | undefined;
  /** Undefined = free text; `{}` = any JSON object. */
  readonly jsonSchema: Readonly<Record<string, unknown>> | undefined;
  /** The tools one of which the answer must call; empty = answer with text. */
  readonly mustCall: readonly SimTool[];
}

function textOf(content: Body['messages'][number]['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function mustCallOf(body: Body): readonly SimTool[] | WireError {
  const tools = (body.tools ?? []).map((tool) => ({
    name: tool.function.name,
    parameters: tool.function.parameters ?? {},
  }));
  const choice = body.tool_choice;
  if (choice === 'required') return tools;
  if (typeof choice !== 'object' || choice === null) return [];
  const wanted = choice['function'];
  const name = typeof wanted === 'object' && wanted !== null && 'name' in wanted ? wanted.name : undefined;
  const named = tools.filter((tool) => tool.name === name);
  return named.length > 0
    ? named
    : refusal(400, `tool_choice names the function ${JSON.stringify(name)}, which is not in tools`, 'tool_choice');
}

function jsonSchemaOf(body: Body): ChatRequest['jsonSchema'] {
  if (body.response_format?.type === 'json_object') return {};
  return body.response_format?.type === 'json_schema' ? (body.response_format.json_schema?.schema ?? {}) : undefined;
}

/** The request, or the 400 that it deserves (told apart by `status`). */
export function parseChatRequest(input: unknown): ChatRequest | WireError {
  const shaped = shape(input);
  if ('status' in shaped) return shaped;
  const { body } = shaped;
  const mustCall = mustCallOf(body);
  if ('status' in mustCall) return mustCall;
  const lastUser = body.messages.findLast((message) => message.role === 'user');
  return {
    model: body.model,
    prompt: textOf(lastUser?.content).trim(),
    messages: body.messages.map(({ role, content }) => ({ role, text: textOf(content) })),
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    topLogprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : undefined,
    jsonSchema: jsonSchemaOf(body),
    mustCall,
  };
}
