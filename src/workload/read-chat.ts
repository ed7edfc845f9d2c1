// What is seen of a chat: one walk over its messages, then a look at a sample of their text.
import { FINGERPRINT_UNITS, quickFingerprint, systemFingerprint } from './fingerprint.ts';
import { messageText } from './message-text.ts';
import { isDeferrable, type Seen, type Told } from './seen.ts';
import { countText } from './text-counts.ts';
import { shapeOf, type TextCounts } from './text-shape.ts';
import { isToolFailure } from './tool-failure.ts';
import { earlierTurns, followsAnswer } from './turns.ts';
import type { ChatBody, ChatMessage, Kind } from './types.ts';
import { createWalk, walkCalls, walkContent, type Walk } from './walk.ts';

/** `bodyBytes`: of the body as it was sent, from which the size of the tools' definitions is told. */
export function readChat(body: ChatBody, bodyBytes: number): Seen {
  const { messages } = body;
  const walk = createWalk();
  let systems = 0;
  let user = 0;
  let assistant = 0;
  let tool = 0;
  let toolFailures = 0;
  let systemHead = '';
  let systemUnits = 0;
  let firstUser: ChatMessage | undefined;
  let firstUserUnits = 0;
  let lastUser: ChatMessage | undefined;
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as ChatMessage;
    const before = walk.units;
    walkContent(walk, message.content);
    switch (message.role) {
      case 'user':
        user++;
        if (firstUser === undefined) {
          firstUser = message;
          firstUserUnits = walk.units - before;
        }
        lastUser = message;
        break;
      case 'system':
      case 'developer':
        systems++;
        systemUnits += walk.units - before;
        if (systemHead.length < FINGERPRINT_UNITS) {
          systemHead += messageText(message, FINGERPRINT_UNITS - systemHead.length);
        }
        break;
      case 'assistant':
        assistant++;
        walkCalls(walk, message);
        break;
      case 'tool':
      case 'function':
        tool++;
        if (isToolFailure(message)) toolFailures++;
        break;
      default:
    }
  }
  const tools = toolNames(body);
  const counts = countText(walk.texts, walk.units);
  const system = systemUnits === 0 ? undefined : systemFingerprint(systemHead, systemUnits);
  return {
    kind: kindOf(body, tools.length),
    maxOutput: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    messages: messages.length,
    roles: { system: systems, user, assistant, tool },
    tools,
    toolFailures,
    reasoningEffort: effortOf(body),
    system,
    shape: shapeOf(counts, {
      requests: 1,
      messages: messages.length,
      toolBytes:
        tools.length === 0
          ? 0
          : Math.min(restBytes(bodyBytes, messages.length, walk, counts), MAX_TOOL_BYTES * tools.length),
      images: walk.images,
      given: 0,
    }),
    told: new ChatTold(messages, lastUser, firstUser, firstUserUnits, system ?? ''),
  };
}

/** A class, for a closure costs as much as a tenth of the walk, and what it holds is slow to change. */
class ChatTold implements Told {
  readonly #messages: readonly ChatMessage[];
  readonly #lastUser: ChatMessage | undefined;
  readonly #firstUser: ChatMessage | undefined;
  readonly #firstUserUnits: number;
  readonly #system: string;

  constructor(
    messages: readonly ChatMessage[],
    lastUser: ChatMessage | undefined,
    firstUser: ChatMessage | undefined,
    firstUserUnits: number,
    system: string,
  ) {
    this.#messages = messages;
    this.#lastUser = lastUser;
    this.#firstUser = firstUser;
    this.#firstUserUnits = firstUserUnits;
    this.#system = system;
  }

  text(): string {
    return this.#lastUser === undefined ? '' : messageText(this.#lastUser);
  }

  earlier(limit: number): readonly string[] {
    return earlierTurns(this.#messages, limit);
  }

  followsAnswer(): boolean {
    return followsAnswer(this.#messages);
  }

  beginning(): string {
    const head = this.#firstUser === undefined ? '' : messageText(this.#firstUser, FINGERPRINT_UNITS);
    return quickFingerprint(this.#system, head, this.#firstUserUnits);
  }
}

/** Of one definition: what else a body holds must not count as tools without end. */
const MAX_TOOL_BYTES = 16_384;

/** JSON around a message's text: braces, quotes, keys, the role. */
const FRAME_BYTES = 32;

/** The body without its messages: next to nothing but the tools' definitions where there are any. Walking or writing them costs 30 us. */
function restBytes(bodyBytes: number, messages: number, walk: Walk, counts: TextCounts): number {
  const escaped = counts.quotes + counts.breaks;
  const text = walk.units + escaped + counts.near + 2 * counts.far;
  return Math.max(0, bodyBytes - text - walk.opaque - FRAME_BYTES * messages);
}

function toolNames({ tools, functions }: ChatBody): readonly string[] {
  if (!Array.isArray(tools) && !Array.isArray(functions)) return NO_TOOLS;
  const names: string[] = [];
  if (Array.isArray(tools)) addNames(names, tools);
  if (Array.isArray(functions)) addNames(names, functions);
  return names;
}

function addNames(names: string[], tools: readonly unknown[]): void {
  for (let i = 0; i < tools.length; i++) {
    const tool = tools[i] as { function?: { name?: unknown }; name?: unknown } | null;
    const name = tool?.function?.name ?? tool?.name;
    names.push(typeof name === 'string' ? name : '');
  }
}

const NO_TOOLS: readonly string[] = [];

function kindOf(body: ChatBody, tools: number): Kind {
  if (isDeferrable(body.service_tier)) return 'batch';
  const last = body.messages[body.messages.length - 1];
  if (last?.role === 'tool' || last?.role === 'function') return 'tool-loop';
  if (last?.role === 'assistant' && ((last.tool_calls?.length ?? 0) > 0 || isPresent(last['function_call']))) {
    return 'tool-loop';
  }
  return tools > 0 ? 'agent' : 'chat';
}

function effortOf({ reasoning_effort: flat, reasoning }: ChatBody): string | undefined {
  const effort = flat ?? reasoning?.effort;
  return typeof effort === 'string' ? effort : undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
