// What arrived: a checked request becomes a Workload. Pure and synchronous; work is bounded by the number of messages, not their size.
import { buildContext } from './context.ts';
import { readChat } from './read-chat.ts';
import { readPrompt } from './read-prompt.ts';
import type { Seen } from './seen.ts';
import { createSight, type Eyes, NO_SIGHT, NO_TOPIC } from './sight.ts';
import { estimateTokens } from './token-estimate.ts';
import type { InferenceRequest, Workload } from './types.ts';

/** Shared by all requests that nobody looked at: contexts are read, never written. */
const NO_CONTEXT = buildContext(NO_TOPIC.probabilities);

/**
 * Without `eyes` nobody looks at the text: its topic is unknown. `readsTopic`: the topic is asked for, and with it what the learner
 * conditions on; all else that can be seen waits in `sight` for the first who asks.
 */
export function buildWorkload(request: InferenceRequest, eyes: Eyes | undefined, readsTopic = true): Workload {
  const seen = see(request);
  const { body, hints, operation } = request;
  const sight = eyes === undefined ? NO_SIGHT : createSight(eyes, seen.told);
  const topic = readsTopic ? sight.topic : NO_TOPIC;
  const format = (body['response_format'] as { readonly type?: string } | null | undefined)?.type;
  return {
    operation,
    kind: seen.kind,
    requestedModel: body.model,
    stream: operation !== 'embedding' && body['stream'] === true,
    tokens: { input: estimateTokens(seen.shape), maxOutput: seen.maxOutput },
    topic,
    sight,
    turns: seen.roles.user,
    messages: seen.messages,
    roles: seen.roles,
    tools: seen.tools,
    toolResults: seen.roles.tool,
    toolFailures: seen.toolFailures,
    images: seen.shape.images,
    wantsJson: format === 'json_object' || format === 'json_schema',
    reasoningEffort: seen.reasoningEffort,
    system: seen.system,
    session: hints.session ?? nonEmpty(body['prompt_cache_key']) ?? seen.told.beginning(),
    slo: hints.slo,
    tags: hints.tags,
    caller: hints.caller,
    context: topic === NO_TOPIC ? NO_CONTEXT : buildContext(topic.probabilities),
    shape: seen.shape,
  };
}

function see(request: InferenceRequest): Seen {
  switch (request.operation) {
    case 'chat':
      return readChat(request.body, request.bytes.length);
    case 'completion':
      return readPrompt(request.body.prompt, request.body);
    case 'embedding':
      return readPrompt(request.body.input, undefined);
  }
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
