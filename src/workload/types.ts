// The shapes of one request as the rooms hand them on: what was sent (ChatRequest), and what was seen of it (Workload).
import type { TopicPosterior } from './topic.ts';

export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null;
  readonly tool_calls?: readonly unknown[] | null;
  readonly [key: string]: unknown;
}

/** An OpenAI chat completion body: the fields that Sluice reads; every other one is kept and passed on. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly tools?: readonly unknown[] | null;
  readonly response_format?: { readonly type?: string } | null;
  readonly logprobs?: boolean | null;
  readonly prompt_cache_key?: string | null;
  readonly [key: string]: unknown;
}

/** A checked request beside its original bytes, which are what goes upstream. */
export interface ChatRequest {
  readonly body: ChatBody;
  readonly bytes: Buffer;
  /** The caller's own session key, from `x-sluice-session`. */
  readonly session: string | undefined;
}

/** chat: a conversation; agent: tools are on offer; tool-loop: the turn goes on from a tool's result. */
export type Kind = 'chat' | 'agent' | 'tool-loop' | 'completion' | 'embedding' | 'batch';

export interface Workload {
  readonly operation: 'chat' | 'completion' | 'embedding';
  readonly kind: Kind;
  readonly requestedModel: string;
  readonly stream: boolean;
  /** LLM tokens: `input` estimated from bytes, `maxOutput` as the caller limits it (undefined: no limit given). */
  readonly tokens: { readonly input: number; readonly maxOutput: number | undefined };
  readonly topic: TopicPosterior;
  /** User messages, and all messages. */
  readonly turns: number;
  readonly messages: number;
  readonly roles: { readonly system: number; readonly user: number; readonly assistant: number; readonly tool: number };
  readonly toolResults: number;
  readonly toolFailures: number;
  readonly reasoningEffort: string | undefined;
  readonly slo:
    | { readonly ttftMs: number | undefined; readonly tpotMs: number | undefined; readonly e2eMs: number | undefined }
    | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly tools: readonly string[];
  readonly images: number;
  /** JSON was asked for by `response_format`. */
  readonly wantsJson: boolean;
  /** Hash of the system prompt: tells deployments apart without keeping their text. */
  readonly system: string | undefined;
  /** The caller's session key, or a hash of how the conversation began. */
  readonly session: string;
  /** What the learner conditions on: [1, topic probabilities, the three largest kept]. See `context.ts`. */
  readonly context: Float32Array;
}
