// POST /v1/chat/completions: one JSON body, or server-sent events with one chunk a token, as vLLM writes them.
import { parseChatRequest } from './chat-request.ts';
import type { AnswerFormat, AnswerFrame, Endpoint } from './job.ts';
import { planAnswer, type PlannedAnswer } from './plan-answer.ts';
import { promptBlocks } from './prompt-blocks.ts';
import { modelAbsent } from './wire-error.ts';

function chatBody(frame: AnswerFrame, plan: PlannedAnswer, usage: unknown): string {
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
    usage,
  });
}

const callId = (frame: AnswerFrame): string => `call-${frame.id}`;

function chatFormat(frame: AnswerFrame, plan: PlannedAnswer, includeUsage: boolean): AnswerFormat {
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

  return {
    body: (usage) => chatBody(frame, plan, usage),
    events(_run, from, to) {
      let out = from === 0 ? chunk('{"role":"assistant","content":""}') : '';
      for (let i = from; i < to; i++) {
        const logprob = plan.logprobs?.[i];
        out += chunk(delta(i), logprob === undefined ? undefined : JSON.stringify({ content: [logprob] }));
      }
      return out;
    },
    ending(usage) {
      const counts =
        includeUsage && usage !== undefined ? `data: ${common},"choices":[],"usage":${JSON.stringify(usage)}}\n\n` : '';
      return `${chunk('{}', 'null', `"${plan.finishReason}"`)}${counts}data: [DONE]\n\n`;
    },
  };
}

export const chatEndpoint: Endpoint = {
  path: '/v1/chat/completions',
  idPrefix: 'chatcmpl',
  promptField: 'messages',
  prepare(body, source, fault) {
    const chat = parseChatRequest(body);
    if ('status' in chat) return chat;
    if (chat.model !== source.model) return modelAbsent(chat.model);
    const plan = planAnswer(chat, source, fault);
    const run = {
      inputTokens: plan.inputTokens,
      outputTokens: plan.tokens.length,
      blockHashes: promptBlocks(chat.messages, plan.inputTokens),
      finish: plan.finishReason === 'length' ? 'length' : 'stop',
      again: false,
    } as const;
    return { stream: chat.stream, runs: [run], format: (frame) => chatFormat(frame, plan, chat.includeUsage) };
  },
};
