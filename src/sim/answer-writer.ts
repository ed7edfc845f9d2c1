// Puts a planned answer on the wire as vLLM does: one JSON body, or server-sent events with one chunk a token.
import type { ServerResponse } from 'node:http';
import type { PlannedAnswer } from './plan-answer.ts';

export interface AnswerFrame {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch, as OpenAI has it. */
  readonly createdSeconds: number;
  readonly includeUsage: boolean;
}

export interface AnswerWriter {
  /**
   * Tokens `from` (inclusive) to `to` (exclusive) are there; the answer ends when `to` reaches their number. `cachedTokens` of the
   * prompt came out of the prefix cache.
   */
  tokens(from: number, to: number, cachedTokens: number): void;
  /** The `cut` fault: what a server that dies now would have sent, then no more socket. */
  cut(from: number, to: number, cachedTokens: number): void;
}

/** As vLLM with --enable-prompt-tokens-details, which names cached tokens only when there are some. */
function usageOf({ inputTokens, tokens }: PlannedAnswer, cachedTokens: number): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: tokens.length,
    total_tokens: inputTokens + tokens.length,
    ...(cachedTokens > 0 && { prompt_tokens_details: { cached_tokens: cachedTokens } }),
  };
}

function callId(frame: AnswerFrame): string {
  return `call-${frame.id}`;
}

function plainBody(frame: AnswerFrame, plan: PlannedAnswer, cachedTokens: number): string {
  const text = plan.tokens.join('');
  const call = { id: callId(frame), type: 'function', function: { name: plan.toolName, arguments: text } };
  return JSON.stringify({
    id: frame.id,
    object: 'chat.completion',
    created: frame.createdSeconds,
    model: frame.model,
    choices: [
      {
        index: 0,
        message:
          plan.toolName === undefined
            ? { role: 'assistant', content: text }
            : { role: 'assistant', content: null, tool_calls: [call] },
        logprobs: plan.logprobs === undefined ? null : { content: plan.logprobs },
        finish_reason: plan.finishReason,
      },
    ],
    usage: usageOf(plan, cachedTokens),
  });
}

/** The body appears with the last token. */
export function plainWriter(raw: ServerResponse, frame: AnswerFrame, plan: PlannedAnswer): AnswerWriter {
  const head = (body: Buffer): void => {
    raw.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  };
  return {
    tokens(_from, to, cachedTokens) {
      if (to < plan.tokens.length) return;
      const body = Buffer.from(plainBody(frame, plan, cachedTokens));
      head(body);
      raw.end(body);
    },
    cut(_from, _to, cachedTokens) {
      const body = Buffer.from(plainBody(frame, plan, cachedTokens));
      head(body);
      raw.write(body.subarray(0, body.length >> 1), () => raw.destroy());
    },
  };
}

/** Headers go out at once, as vLLM's do; the role chunk comes with the first token. */
export function streamWriter(raw: ServerResponse, frame: AnswerFrame, plan: PlannedAnswer): AnswerWriter {
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  raw.flushHeaders();
  const common = JSON.stringify({
    id: frame.id,
    object: 'chat.completion.chunk',
    created: frame.createdSeconds,
    model: frame.model,
  }).slice(0, -1);
  // Built by hand around one JSON.stringify: this line runs for every token of every stream.
  const chunk = (delta: string, logprobs = 'null', finish = 'null'): string =>
    `data: ${common},"choices":[{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}]}\n\n`;

  function delta(index: number): string {
    const token = plan.tokens[index] ?? '';
    if (plan.toolName === undefined) return `{"content":${JSON.stringify(token)}}`;
    const head = index === 0 ? { id: callId(frame), type: 'function' } : {};
    const named = index === 0 ? { name: plan.toolName, arguments: token } : { arguments: token };
    return JSON.stringify({ tool_calls: [{ index: 0, ...head, function: named }] });
  }

  function chunks(from: number, to: number): string {
    let out = from === 0 ? chunk('{"role":"assistant","content":""}') : '';
    for (let i = from; i < to; i++) {
      const logprob = plan.logprobs?.[i];
      out += chunk(delta(i), logprob === undefined ? undefined : JSON.stringify({ content: [logprob] }));
    }
    return out;
  }

  function ending(cachedTokens: number): string {
    const usage = `data: ${common},"choices":[],"usage":${JSON.stringify(usageOf(plan, cachedTokens))}}\n\n`;
    return `${chunk('{}', 'null', `"${plan.finishReason}"`)}${frame.includeUsage ? usage : ''}data: [DONE]\n\n`;
  }

  return {
    tokens(from, to, cachedTokens) {
      if (to < plan.tokens.length) raw.write(chunks(from, to));
      else raw.end(chunks(from, to) + ending(cachedTokens));
    },
    cut(from, to) {
      raw.write(chunks(from, to), () => raw.destroy());
    },
  };
}
