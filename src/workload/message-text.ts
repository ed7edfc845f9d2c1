// The text of a message: its string, or its text parts joined by new lines.
import type { ChatMessage } from './types.ts';

/** At most the first `limit` UTF-16 units. */
export function messageText({ content }: ChatMessage, limit = Infinity): string {
  if (typeof content === 'string') return cut(content, limit);
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const part of content) {
    if (typeof part?.text === 'string') text += text === '' ? cut(part.text, limit) : `\n${cut(part.text, limit)}`;
    if (text.length >= limit) return cut(text, limit);
  }
  return text;
}

function cut(text: string, limit: number): string {
  return text.length > limit ? text.slice(0, limit) : text;
}
