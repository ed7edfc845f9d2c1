// The shapes of one request as the rooms hand them on: what was sent (InferenceRequest), and what was seen of it (Workload).
import type { TextShape } from './text-shape.ts';
import type { TopicPosterior } from './posteriors.ts';
import type { Sight } from './sight.ts';

/** The API that was called: chat completions, completions, embeddings. */
export type Operation = 'chat' | 'completion' | 'embedding';

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
  /** What tools were called before they were called tools. */
  readonly functions?: readonly unknown[] | null;
  readonly response_format?: { readonly type?: string } | null;
  readonly reasoning_effort?: string | null;
  readonly reasoning?: { readonly effort?: string | null } | null;
  readonly service_tier?: string | null;
  readonly logprobs?: boolean | null;
  readonly prompt_cache_key?: string | null;
  readonly [key: string]: unknown;
}

/** One text, several, the token ids of one text, or those of several. */
export type Prompt = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

/** An OpenAI (legacy) completion body: the fields that Sluice reads. */
export interface CompletionBody {
  readonly model: string;
  readonly prompt: Prompt;
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly max_tokens?: number | null;
  readonly suffix?: string | null;
  readonly n?: number | null;
  readonly response_format?: { readonly type?: string } | null;
  readonly service_tier?: string | null;
  readonly prompt_cache_key?: string | null;
  readonly [key: string]: unknown;
}

/** An OpenAI embeddings body: the fields that Sluice reads. */
export interface EmbeddingBody {
  readonly model: string;
  readonly input: Prompt;
  readonly dimensions?: number | null;
  readonly encoding_format?: string | null;
  readonly [key: string]: unknown;
}

/** What the caller wants to be true of the answer: milliseconds, undefined where nothing is asked. */
export interface Slo {
  readonly ttftMs: number | undefined;
  readonly tpotMs: number | undefined;
  readonly e2eMs: number | undefined;
}

/** Whom the policy knows by the key that was sent. */
export interface Caller {
  readonly name: string;
  /** "" when the policy gives none. */
  readonly role: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the caller says beside the body, in `x-sluice-*` headers and by its key. */
export interface Hints {
  /** undefined: nobody that the policy knows. */
  readonly caller?: Caller | undefined;
  readonly session: string | undefined;
  readonly slo: Slo | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** A checked body beside its original bytes, which are what goes upstream. */
interface Request<O extends Operation, Body> {
  readonly operation: O;
  readonly body: Body;
  readonly bytes: Buffer;
  readonly hints: Hints;
}

export type ChatRequest = Request<'chat', ChatBody>;
export type CompletionRequest = Request<'completion', CompletionBody>;
export type EmbeddingRequest = Request<'embedding', EmbeddingBody>;
export type InferenceRequest = ChatRequest | CompletionRequest | EmbeddingRequest;

/**
 * chat: a conversation; agent: tools are on offer; tool-loop: the turn goes on from a tool's result; completion, embedding: as called;
 * batch: nobody waits for it: several prompts in one completion call, or `service_tier` "flex" or "batch".
 */
export type Kind = 'chat' | 'agent' | 'tool-loop' | 'completion' | 'embedding' | 'batch';

/** Messages by who speaks: developer counts as system, function as tool, the prompts of completions and embeddings as user. */
export interface Roles {
  readonly system: number;
  readonly user: number;
  readonly assistant: number;
  readonly tool: number;
}

export interface Workload {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly requestedModel: string;
  readonly stream: boolean;
  /** LLM tokens: `input` estimated from the text's shape, `maxOutput` as the caller limits it (undefined: no limit given; embeddings: 0). */
  readonly tokens: { readonly input: number; readonly maxOutput: number | undefined };
  readonly topic: TopicPosterior;
  /** What else can be seen of the text, once somebody asks. */
  readonly sight: Sight;
  /** User messages, and all messages; of completions and embeddings the prompts. */
  readonly turns: number;
  readonly messages: number;
  readonly roles: Roles;
  readonly tools: readonly string[];
  /** Messages that hold a tool's result, and those whose result says that the tool failed. */
  readonly toolResults: number;
  readonly toolFailures: number;
  readonly images: number;
  /** JSON was asked for by `response_format`. */
  readonly wantsJson: boolean;
  /** `reasoning_effort` or `reasoning.effort`. */
  readonly reasoningEffort: string | undefined;
  /** Hash of the system prompt: tells deployments apart without keeping their text. */
  readonly system: string | undefined;
  /** The caller's session key, or a hash of how the conversation began. */
  readonly session: string;
  readonly slo: Slo | undefined;
  /** The caller's own, then those of the request. */
  readonly tags: Readonly<Record<string, string>>;
  readonly caller?: Caller | undefined;
  /** What the learner conditions on: [1, probabilities of the topics' groups, the three largest kept]. See `context.ts`. */
  readonly context: Float32Array;
  /** What the estimate of tokens rests on; for `TokenCalibration` alone. */
  readonly shape?: TextShape;
}
