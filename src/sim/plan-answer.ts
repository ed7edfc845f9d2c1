// Decides, before the first step, everything that the answer to a request will contain: pure and deterministic.
import { hashUniform } from '../base/index.ts';
import type { AnswerBook, BookAnswer } from './answer-book.ts';
import type { ChatRequest } from './chat-request.ts';
import type { FaultKind } from './faults.ts';
import { fillerWords } from './filler.ts';
import { schemaExample } from './schema-example.ts';
import { tokenLogprobs, type TokenLogprob } from './token-logprobs.ts';
import { estimateTokens, toTokenCount, toTokens } from './tokens.ts';

export type FinishReason = 'stop' | 'length' | 'tool_calls';

export interface PlannedAnswer {
  readonly inputTokens: number;
  /** What is sent, chunk by chunk: at least one, each counts as one token. */
  readonly tokens: readonly string[];
  readonly finishReason: FinishReason;
  /** Set when the tokens are the arguments of a call of this tool. */
  readonly toolName: string | undefined;
  readonly logprobs: readonly TokenLogprob[] | undefined;
}

/** What is asked, whichever endpoint it came by. */
export interface Question extends Pick<
  ChatRequest,
  'prompt' | 'messages' | 'maxTokens' | 'topLogprobs' | 'jsonSchema' | 'mustCall'
> {
  /** Where the request itself tells its size, as token ids do. */
  readonly inputTokens?: number;
}

export interface AnswerSource {
  readonly model: string;
  readonly seed: number;
  readonly book: AnswerBook | undefined;
}

const REFUSAL = "I'm sorry, but I can't help with that.";

/** An answer to a prompt that is in no book: says so, 20 to 120 words. */
function unknownAnswer(source: AnswerSource, prompt: string): BookAnswer {
  const draw = hashUniform(source.seed, 'unknown', source.model, prompt);
  const outputTokens = 20 + Math.floor(draw * 101);
  const head = `This is a simulated answer by ${source.model}: no language model ran and no answer book knows the prompt.`;
  const text = `${head} ${fillerWords(outputTokens - toTokens(head).length, outputTokens)}`;
  return { id: 'unknown', score: 0.5, text, outputTokens };
}

/** Right answers are valid; wrong ones are broken half of the time, in the ways models break JSON: prose before it, no end. */
function structured(schema: Readonly<Record<string, unknown>>, answer: BookAnswer, source: AnswerSource): string {
  const shape =
    Object.keys(schema).length > 0 ? schema : { type: 'object', properties: { answer: { type: 'string' } } };
  const json = JSON.stringify(schemaExample(shape, answer.text));
  const broken = answer.score < 0.5 && hashUniform(source.seed, 'json', source.model, answer.id) < 0.5;
  return broken ? breakJson(json) : json;
}

const breakJson = (json: string): string => `Here is the JSON: ${json.slice(0, -1)}`;

interface Draft {
  readonly tokens: readonly string[];
  readonly toolName: string | undefined;
}

function draftOf(request: Question, answer: BookAnswer, source: AnswerSource, fault: FaultKind | undefined): Draft {
  if (fault === 'empty') return { tokens: [''], toolName: undefined };
  if (fault === 'refusal') return { tokens: toTokens(REFUSAL), toolName: undefined };
  const pick = hashUniform(source.seed, 'tool', source.model, request.prompt);
  const tool = request.mustCall[Math.floor(pick * request.mustCall.length)];
  if (tool !== undefined) {
    const parameters = { type: 'object', ...tool.parameters };
    const json = JSON.stringify(schemaExample(parameters, request.prompt.slice(0, 60)));
    return { tokens: toTokens(fault === 'bad-json' ? breakJson(json) : json), toolName: tool.name };
  }
  if (fault === 'bad-json')
    return { tokens: toTokens(breakJson(JSON.stringify({ answer: answer.text }))), toolName: undefined };
  if (request.jsonSchema !== undefined) {
    return { tokens: toTokens(structured(request.jsonSchema, answer, source)), toolName: undefined };
  }
  return { tokens: toTokenCount(answer.text, answer.outputTokens), toolName: undefined };
}

/** The answer of `source.model` to the request, with the content faults applied; a pure function of its arguments. */
export function planAnswer(request: Question, source: AnswerSource, fault: FaultKind | undefined): PlannedAnswer {
  const answer = source.book?.find(request.prompt, source.model) ?? unknownAnswer(source, request.prompt);
  const draft = draftOf(request, answer, source, fault);
  const whole = draft.tokens.length;
  const limit = Math.min(request.maxTokens ?? whole, fault === 'truncated' ? Math.ceil(whole / 2) : whole);
  const tokens = draft.tokens.slice(0, limit);
  const cut = limit < whole || fault === 'truncated';
  const key = `${source.model}\n${request.prompt}`;
  return {
    inputTokens: Math.max(
      1,
      Math.round(request.inputTokens ?? answer.inputTokens ?? estimateTokens(request.messages.map(({ text }) => text))),
    ),
    tokens,
    finishReason: cut ? 'length' : draft.toolName === undefined ? 'stop' : 'tool_calls',
    toolName: draft.toolName,
    logprobs:
      request.topLogprobs === undefined
        ? undefined
        : tokenLogprobs(tokens, answer.score, source.seed, key, request.topLogprobs),
  };
}
