// Gathers what the messages of a chat hold: texts to count, images, and bytes that are no text at all.
import type { ChatMessage } from './types.ts';

/** Keys of a part of unknown type that are looked at. */
const MAX_KEYS = 16;

export interface Walk {
  readonly texts: string[];
  /** UTF-16 units of the texts. */
  units: number;
  images: number;
  /** Characters that the body carries but no tokenizer reads: encoded images, sound, files. */
  opaque: number;
}

export function createWalk(): Walk {
  return { texts: [], units: 0, images: 0, opaque: 0 };
}

export function walkContent(walk: Walk, content: ChatMessage['content']): void {
  if (typeof content === 'string') {
    addText(walk, content);
  } else if (Array.isArray(content)) {
    for (let i = 0; i < content.length; i++) walkPart(walk, content[i] as Readonly<Record<string, unknown>> | null);
  }
}

/** The calls that an assistant made: names and arguments reach the model as text. */
export function walkCalls(walk: Walk, message: ChatMessage): void {
  const calls = message.tool_calls;
  if (Array.isArray(calls)) {
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i] as Readonly<Record<string, unknown>> | null;
      walkCall(walk, call?.['function'] ?? call?.['custom']);
    }
  }
  if (message['function_call'] !== undefined) walkCall(walk, message['function_call']);
}

function walkCall(walk: Walk, call: unknown): void {
  if (typeof call !== 'object' || call === null) return;
  const { name, arguments: input, input: custom } = call as Readonly<Record<string, unknown>>;
  if (typeof name === 'string') addText(walk, name);
  if (typeof input === 'string') addText(walk, input);
  if (typeof custom === 'string') addText(walk, custom);
}

function addText(walk: Walk, text: string): void {
  if (text === '') return;
  walk.texts.push(text);
  walk.units += text.length;
}

function walkPart(walk: Walk, part: Readonly<Record<string, unknown>> | null): void {
  if (typeof part !== 'object' || part === null) return;
  const { text, type } = part;
  if (typeof text === 'string') {
    addText(walk, text);
    return;
  }
  if (type === 'image_url' || type === 'image' || type === 'input_image') walk.images++;
  walk.opaque += opaqueOf(part, true);
}

/** Characters of an object's strings, and of those one level further in. */
function opaqueOf(value: Readonly<Record<string, unknown>>, deeper: boolean): number {
  let units = 0;
  let keys = 0;
  for (const key in value) {
    if (++keys > MAX_KEYS) break;
    const inner = value[key];
    if (typeof inner === 'string') units += inner.length;
    else if (deeper && typeof inner === 'object' && inner !== null) {
      units += opaqueOf(inner as Readonly<Record<string, unknown>>, false);
    }
  }
  return units;
}
