// What an upstream said: text, tool calls, finish, usage and log-probabilities, from a plain answer or a collected stream.
import { createParser } from 'eventsource-parser';
import type { Answer } from '../router/index.ts';

/** LLM tokens as an upstream counted them; `cachedInputTokens` are a part of `inputTokens`. */
export interface ReportedUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

export interface ReadAnswer {
  readonly answer: Answer;
  readonly usage: ReportedUsage | undefined;
}

interface Logprobs {
  readonly content?: readonly { readonly logprob?: unknown }[] | null;
}

interface Piece {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: readonly unknown[] | null;
}

interface AnswerBody {
  readonly choices?: readonly {
    readonly message?: Piece;
    readonly delta?: Piece;
    /** Of a completion. */
    readonly text?: unknown;
    readonly finish_reason?: unknown;
    readonly logprobs?: Logprobs | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
    readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
  } | null;
}

/** undefined: not an answer, which has a list under `listKey`. Tolerant: what is missing is empty. */
export function readPlainAnswer(bytes: Buffer, listKey: 'choices' | 'data'): ReadAnswer | undefined {
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isAnswerBody(body, listKey)) return undefined;
  const reading = startReading();
  reading.take(body);
  return reading.done();
}

/** undefined: no event of a chat completion in it. */
export function readStreamedAnswer(bytes: Buffer): ReadAnswer | undefined {
  const reading = startReading();
  let events = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === '[DONE]') return;
      try {
        const body: unknown = JSON.parse(data);
        if (!isAnswerBody(body, 'choices')) return;
        reading.take(body);
        events++;
      } catch {
        // One event that is no JSON does not make the others unreadable.
      }
    },
  });
  parser.feed(bytes.toString('utf8'));
  return events === 0 ? undefined : reading.done();
}

/** Takes the log-probabilities out of an answer whose caller did not ask for them. */
export function withoutLogprobs(bytes: Buffer, stream: boolean): Buffer {
  if (!stream) return Buffer.from(strip(bytes.toString('utf8')));
  const lines = bytes.toString('utf8').split('\n');
  return Buffer.from(
    lines.map((line) => (line.startsWith('data: {') ? `data: ${strip(line.slice(6))}` : line)).join('\n'),
  );
}

function strip(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), (key, value: unknown) => (key === 'logprobs' ? undefined : value));
  } catch {
    return json;
  }
}

function isAnswerBody(body: unknown, listKey: string): body is AnswerBody {
  return typeof body === 'object' && body !== null && Array.isArray((body as Record<string, unknown>)[listKey]);
}

/** Only the first choice is looked at: with `n` > 1 the others are alternatives to it. */
function startReading(): { take(body: AnswerBody): void; done(): ReadAnswer } {
  let text = '';
  let refusal = '';
  let toolCalls = 0;
  let finishReason: string | undefined;
  let usage: ReportedUsage | undefined;
  let logprobSum = 0;
  let logprobCount = 0;
  return {
    take: ({ choices, usage: reported }) => {
      const choice = choices?.[0];
      const piece = choice?.message ?? choice?.delta;
      if (typeof piece?.content === 'string') text += piece.content;
      else if (typeof choice?.text === 'string') text += choice.text;
      if (typeof piece?.refusal === 'string') refusal += piece.refusal;
      toolCalls += piece?.tool_calls?.length ?? 0;
      if (typeof choice?.finish_reason === 'string') finishReason = choice.finish_reason;
      for (const { logprob } of choice?.logprobs?.content ?? []) {
        if (typeof logprob !== 'number') continue;
        logprobSum += logprob;
        logprobCount++;
      }
      usage = toUsage(reported) ?? usage;
    },
    done: () => ({
      usage,
      answer: {
        text,
        refusal,
        toolCalls,
        finishReason,
        outputTokens: usage?.outputTokens,
        meanLogprob: logprobCount === 0 ? undefined : logprobSum / logprobCount,
      },
    }),
  };
}

/** `reported`: the `usage` of an answer. Embeddings have no completion. */
export function toUsage(reported: unknown): ReportedUsage | undefined {
  const usage = reported as AnswerBody['usage'];
  if (typeof usage?.prompt_tokens !== 'number') return undefined;
  const { completion_tokens: output = 0 } = usage;
  if (typeof output !== 'number') return undefined;
  const cached = usage.prompt_tokens_details?.cached_tokens;
  return {
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: typeof cached === 'number' ? Math.min(cached, usage.prompt_tokens) : 0,
    outputTokens: output,
  };
}

const USAGE_KEY = Buffer.from('"usage"');
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Usage stands at the end of an answer, with little after it. */
const USAGE_WITHIN = 2_048;

/**
 * The usage of a plain answer without parsing the rest: in JSON a quoted key cannot be inside of a string. undefined: not found so, which says
 * nothing yet.
 */
export function usageAtTheEnd(bytes: Buffer): ReportedUsage | undefined {
  if (bytes[0] !== OPEN_BRACE || bytes[bytes.length - 1] !== CLOSE_BRACE) return undefined;
  const key = bytes.lastIndexOf(USAGE_KEY);
  if (key < 0 || bytes.length - key > USAGE_WITHIN) return undefined;
  const tail = bytes.toString('latin1', key + USAGE_KEY.length);
  const object = /^\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})/.exec(tail)?.[1];
  if (object === undefined) return undefined;
  try {
    return toUsage(JSON.parse(object));
  } catch {
    return undefined;
  }
}
