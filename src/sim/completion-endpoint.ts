// POST /v1/completions: texts continued, in vLLM's `text_completion` format, several prompts and several answers at once.
import { parseCompletionRequest, type CompletionRequest } from './completion-request.ts';
import type { FaultKind } from './faults.ts';
import type { AnswerFormat, AnswerFrame, Endpoint, Run } from './job.ts';
import { planAnswer, type AnswerSource, type PlannedAnswer, type Question } from './plan-answer.ts';
import { promptBlocks, tokenIdBlocks } from './prompt-blocks.ts';
import type { Prompt } from './request-shape.ts';
import type { TokenLogprob } from './token-logprobs.ts';
import { modelAbsent } from './wire-error.ts';

interface Choice {
  readonly tokens: readonly string[];
  readonly finish: 'stop' | 'length';
  readonly logprobs: readonly TokenLogprob[] | undefined;
  /** The prompt, when it was to be echoed. */
  readonly prefix: string;
}

/** There is no vocabulary: a token id is shown as itself. */
const textOf = (prompt: Prompt): string =>
  typeof prompt === 'string' ? prompt : prompt.map((id) => `<${id}>`).join('');

/** Of tokens `from` to `to`, in the four parallel lists of the completions API; of an echoed prompt there are none. */
function logprobsOf({ logprobs, tokens, prefix }: Choice, from: number, to: number): object | null {
  if (logprobs === undefined) return null;
  let offset = prefix.length;
  for (let i = 0; i < from; i++) offset += tokens[i]?.length ?? 0;
  const part = logprobs.slice(from, to);
  return {
    text_offset: part.map(({ token }) => {
      const at = offset;
      offset += token.length;
      return at;
    }),
    token_logprobs: part.map(({ logprob }) => logprob),
    tokens: part.map(({ token }) => token),
    top_logprobs: part.map(({ token, logprob, top_logprobs: top }) =>
      Object.fromEntries([[token, logprob], ...top.map((one) => [one.token, one.logprob] as const)]),
    ),
  };
}

function completionFormat(
  frame: AnswerFrame,
  choices: readonly Choice[],
  { stream, includeUsage }: CompletionRequest,
): AnswerFormat {
  const head = { id: frame.id, object: 'text_completion', created: frame.createdSeconds, model: frame.model };
  const common = stream ? JSON.stringify(head).slice(0, -1) : '';
  const chunk = (index: number, text: string, logprobs: object | null, finish: string | null): string =>
    `data: ${common},"choices":[{"index":${index},"text":${JSON.stringify(text)},"logprobs":${JSON.stringify(logprobs)},` +
    `"finish_reason":${JSON.stringify(finish)},"stop_reason":null}],"usage":null}\n\n`;
  return {
    body: (usage) =>
      JSON.stringify({
        ...head,
        choices: choices.map((choice, index) => ({
          index,
          text: choice.prefix + choice.tokens.join(''),
          logprobs: logprobsOf(choice, 0, choice.tokens.length),
          finish_reason: choice.finish,
          stop_reason: null,
          prompt_logprobs: null,
        })),
        usage,
      }),
    events(run, from, to) {
      const choice = choices[run];
      if (choice === undefined) return '';
      const { tokens, prefix, finish } = choice;
      if (tokens.length === 0) return chunk(run, prefix, null, finish);
      let out = '';
      for (let i = from; i < to; i++) {
        const text = (i === 0 ? prefix : '') + (tokens[i] ?? '');
        out += chunk(run, text, logprobsOf(choice, i, i + 1), i + 1 === tokens.length ? finish : null);
      }
      return out;
    },
    ending(usage) {
      const counts =
        includeUsage && usage !== undefined ? `data: ${common},"choices":[],"usage":${JSON.stringify(usage)}}\n\n` : '';
      return `${counts}data: [DONE]\n\n`;
    },
  };
}

function choiceOf(plan: PlannedAnswer, prefix: string, maxTokens: number): Choice {
  const tokens = maxTokens === 0 ? [] : plan.tokens;
  const finish = plan.finishReason === 'length' || maxTokens === 0 ? 'length' : 'stop';
  return { tokens, finish, logprobs: plan.logprobs?.slice(0, tokens.length), prefix };
}

function questionOf(prompt: Prompt, { maxTokens, topLogprobs }: CompletionRequest): Question {
  const text = textOf(prompt);
  return {
    prompt: text.trim(),
    messages: [{ role: '', text }],
    maxTokens,
    topLogprobs,
    jsonSchema: undefined,
    mustCall: [],
    ...(typeof prompt !== 'string' && { inputTokens: prompt.length }),
  };
}

interface Answers {
  readonly choices: readonly Choice[];
  readonly runs: readonly Run[];
}

/** In vLLM's order: all answers to the first prompt, then those to the second. */
function answersTo(request: CompletionRequest, source: AnswerSource, fault: FaultKind | undefined): Answers {
  const choices: Choice[] = [];
  const runs: Run[] = [];
  for (const prompt of request.prompts) {
    const question = questionOf(prompt, request);
    let blockHashes: Float64Array | undefined;
    for (let i = 0; i < request.n; i++) {
      // Answers to one prompt differ as samples do.
      const plan = planAnswer(question, i === 0 ? source : { ...source, seed: source.seed + i }, fault);
      const { inputTokens } = plan;
      blockHashes ??= typeof prompt === 'string' ? promptBlocks(question.messages, inputTokens) : tokenIdBlocks(prompt);
      const choice = choiceOf(plan, request.echo ? textOf(prompt) : '', request.maxTokens);
      choices.push(choice);
      const { finish, tokens } = choice;
      runs.push({ inputTokens, outputTokens: tokens.length, blockHashes, finish, again: i > 0 });
    }
  }
  return { choices, runs };
}

export const completionEndpoint: Endpoint = {
  path: '/v1/completions',
  idPrefix: 'cmpl',
  promptField: 'prompt',
  prepare(body, source, fault) {
    const request = parseCompletionRequest(body);
    if ('status' in request) return request;
    if (request.model !== source.model) return modelAbsent(request.model);
    const { choices, runs } = answersTo(request, source, fault);
    return { stream: request.stream, runs, format: (frame) => completionFormat(frame, choices, request) };
  },
};
