// Gathers what the messages of a chat hold: texts to count, images, and bytes that are no text at all.
import type { ChatMessage } from './types.ts';

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
  walk.opaque += opaqueOf(part, type);
}

/** Characters of what a part carries, by convention under the name of its type: `{ type: "input_audio", input_audio: { data } }`. */
function opaqueOf(part: Readonly<Record<string, unknown>>, type: unknown): number {
  const carried = (typeof type === 'string' ? part[type] : undefined) ?? part['image_url'] ?? part['source'];
  if (typeof carried === 'string') return carried.length;
  if (typeof carried !== 'object' || carried === null) return 0;
  const { url, data, file_data: file } = carried as Readonly<Record<string, unknown>>;
  return lengthOf(url) + lengthOf(data) + lengthOf(file);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}
