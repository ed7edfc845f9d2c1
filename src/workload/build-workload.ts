// What arrived: a checked request becomes a Workload. Pure, synchronous, one walk over the messages.
import { hash } from 'node:crypto';
import type { Embedder } from '../embedding/index.ts';
import { buildContext } from './context.ts';
import { TOPICS, type TopicClassifier, type TopicPosterior } from './topic.ts';
import type { ChatBody, ChatMessage, ChatRequest, Kind, Workload } from './types.ts';

/** What looks at the text. Absent parts leave the topic unknown. */
export interface Eyes {
  readonly embedder: Embedder;
  readonly classifier: TopicClassifier;
}

// Estimates until "corrected online by reported usage" arrives: 4 bytes a token (GPT-like vocabularies on English text),
// 4 tokens of frame a message (OpenAI's cookbook), 765 a high-detail image of 1024 x 1024.
const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 765;

const NO_TOPIC: TopicPosterior = {
  topic: 'unknown',
  confidence: 1,
  probabilities: Float32Array.from({ length: TOPICS.length + 1 }, (_, i) => (i === TOPICS.length ? 1 : 0)),
};

export function buildWorkload(request: ChatRequest, eyes: Eyes | undefined): Workload {
  const { body } = request;
  let textBytes = 0;
  let turns = 0;
  let images = 0;
  let system = '';
  let firstUser: string | undefined;
  let lastUser = '';
  for (const message of body.messages) {
    const text = messageText(message);
    textBytes += Buffer.byteLength(text) + jsonBytes(message.tool_calls);
    images += countImages(message);
    if (message.role === 'user') {
      turns++;
      firstUser ??= text;
      lastUser = text;
    } else if (message.role === 'system' || message.role === 'developer') {
      system += text;
    }
  }
  const tools = toolNames(body.tools);
  textBytes += jsonBytes(body.tools);
  const topic = eyes === undefined ? NO_TOPIC : eyes.classifier.classifyText(lastUser);
  return {
    kind: kindOf(body, tools.length),
    requestedModel: body.model,
    stream: body.stream === true,
    tokens: {
      input:
        Math.ceil(textBytes / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * body.messages.length + TOKENS_PER_IMAGE * images,
      maxOutput: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    },
    topic,
    turns,
    messages: body.messages.length,
    tools,
    images,
    wantsJson: body.response_format?.type === 'json_object' || body.response_format?.type === 'json_schema',
    system: system === '' ? undefined : hex(system),
    session: request.session ?? body.prompt_cache_key ?? hex(`${system}\u0000${firstUser ?? ''}`),
    context: buildContext(topic.probabilities),
  };
}

/** The text of a message: its string, or its text parts joined by new lines. */
export function messageText(message: ChatMessage): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const part of content) {
    if (typeof part?.text === 'string') text += text === '' ? part.text : `\n${part.text}`;
  }
  return text;
}

/** Tool definitions and calls reach the model as about the JSON that they are. */
function jsonBytes(list: readonly unknown[] | null | undefined): number {
  return Array.isArray(list) && list.length > 0 ? Buffer.byteLength(JSON.stringify(list)) : 0;
}

function countImages(message: ChatMessage): number {
  if (!Array.isArray(message.content)) return 0;
  let images = 0;
  for (const part of message.content) if (part?.type === 'image_url') images++;
  return images;
}

function toolNames(tools: ChatBody['tools']): readonly string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: { function?: { name?: unknown }; name?: unknown } | null) => {
    const name = tool?.function?.name ?? tool?.name;
    return typeof name === 'string' ? name : '';
  });
}

function kindOf(body: ChatBody, tools: number): Kind {
  const last = body.messages.at(-1);
  if (last?.role === 'tool' || (last?.role === 'assistant' && (last.tool_calls?.length ?? 0) > 0)) return 'tool-loop';
  return tools > 0 ? 'agent' : 'chat';
}

/** The native digest reads 2 KiB in a microsecond or two; 64 bits tell conversations apart. */
function hex(text: string): string {
  return hash('sha1', text, 'hex').slice(0, 16);
}
