// Real tokenizers, and what servers that use them report for a request.
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import llama from 'llama-tokenizer-js';
import type { InferenceRequest, Prompt } from '../../src/workload/index.ts';

export interface Upstream {
  readonly name: string;
  /** Tokens of a text, without anything around it. */
  readonly count: (text: string) => number;
  /** Tokens around a message, around a whole chat, around a prompt. */
  readonly frame: { readonly message: number; readonly chat: number; readonly prompt: number };
}

const plain = { allowedSpecial: 'all' as const };

export const UPSTREAMS: readonly Upstream[] = [
  { name: 'o200k', count: (text) => o200k(text, plain), frame: { message: 4, chat: 3, prompt: 0 } },
  { name: 'cl100k', count: (text) => cl100k(text, plain), frame: { message: 4, chat: 3, prompt: 0 } },
  // SentencePiece with a vocabulary of 32,000, behind a server that puts a system prompt of 64 tokens before every chat.
  {
    name: 'llama2',
    count: (text) => llama.encode(text, false, false).length,
    frame: { message: 6, chat: 65, prompt: 1 },
  },
];

/** What the upstream would report as `prompt_tokens`; tools reach it as their JSON. */
export function reportedTokens(upstream: Upstream, request: InferenceRequest): number {
  const { count, frame } = upstream;
  switch (request.operation) {
    case 'completion':
      return countPrompt(upstream, request.body.prompt);
    case 'embedding':
      return countPrompt(upstream, request.body.input);
    case 'chat': {
      const { messages, tools } = request.body;
      let tokens = frame.chat + (Array.isArray(tools) ? count(JSON.stringify(tools)) : 0);
      for (const { content, tool_calls: calls } of messages) {
        tokens += frame.message + (typeof content === 'string' ? count(content) : 0);
        if ((calls?.length ?? 0) > 0) tokens += count(JSON.stringify(calls));
      }
      return tokens;
    }
  }
}

function countPrompt({ count, frame }: Upstream, prompt: Prompt): number {
  const texts = typeof prompt === 'string' ? [prompt] : prompt;
  let tokens = 0;
  for (const text of texts) tokens += frame.prompt + (typeof text === 'string' ? count(text) : 0);
  return tokens;
}
