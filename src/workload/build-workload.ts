// What arrived: a checked request becomes a Workload. Pure and synchronous; work is bounded by the number of messages, not their size.
import type { Embedder } from '../embedding/index.ts';
import { buildContext } from './context.ts';
import { readChat } from './read-chat.ts';
import { readPrompt } from './read-prompt.ts';
import type { Seen } from './seen.ts';
import { estimateTokens } from './token-estimate.ts';
import { TOPICS, type TopicClassifier, type TopicPosterior } from './topic.ts';
import type { InferenceRequest, Workload } from './types.ts';

/** What looks at the text. Absent parts leave the topic unknown. */
export interface Eyes {
  readonly embedder: Embedder;
  readonly classifier: TopicClassifier;
}

const NO_TOPIC: TopicPosterior = {
  topic: 'unknown',
  confidence: 1,
  probabilities: Float32Array.from({ length: TOPICS.length + 1 }, (_, i) => (i === TOPICS.length ? 1 : 0)),
};
/** Shared by all requests that nobody looked at: contexts are read, never written. */
const NO_CONTEXT = buildContext(NO_TOPIC.probabilities);

export function buildWorkload(request: InferenceRequest, eyes: Eyes | undefined): Workload {
  const seen = see(request);
  const { body, hints, operation } = request;
  const topic = eyes === undefined ? NO_TOPIC : eyes.classifier.classifyText(seen.text());
  const format = (body['response_format'] as { readonly type?: string } | null | undefined)?.type;
  return {
    operation,
    kind: seen.kind,
    requestedModel: body.model,
    stream: operation !== 'embedding' && body['stream'] === true,
    tokens: { input: estimateTokens(seen.shape), maxOutput: seen.maxOutput },
    topic,
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
    session: hints.session ?? nonEmpty(body['prompt_cache_key']) ?? seen.beginning(),
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
