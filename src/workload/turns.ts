// The user turns of a chat before the last one, and whether it follows an answer: looked up from the end, over a bounded number of messages.
import { messageText } from './message-text.ts';
import type { ChatMessage } from './types.ts';

/** Messages that are walked back over at most. */
const LOOK_BACK = 64;
/** UTF-16 units of an earlier turn that are handed on. */
const EARLIER_UNITS = 1_024;

/** The newest first. */
export function earlierTurns(messages: readonly ChatMessage[], limit: number): string[] {
  const turns: string[] = [];
  const end = Math.max(0, messages.length - LOOK_BACK);
  let isLast = true;
  for (let i = messages.length - 1; i >= end && turns.length < limit; i--) {
    const message = messages[i];
    if (message?.role !== 'user') continue;
    if (!isLast) turns.push(messageText(message, EARLIER_UNITS));
    isLast = false;
  }
  return turns;
}

/** An assistant speaks before the last user message. */
export function followsAnswer(messages: readonly ChatMessage[]): boolean {
  const end = Math.max(0, messages.length - LOOK_BACK);
  let user = false;
  for (let i = messages.length - 1; i >= end; i--) {
    const role = messages[i]?.role;
    if (role === 'user') user = true;
    else if (role === 'assistant' && user) return true;
  }
  return false;
}
