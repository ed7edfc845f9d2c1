// The text that is kept with a decision where the operator wants it.
import { StringDecoder } from 'node:string_decoder';
import type { InferenceRequest } from '../workload/index.ts';

const MOST_BYTES = 4_096;

/** The last user message, or the first prompt, as much of it as is kept. */
export function loggedText(request: InferenceRequest): string {
  const bytes = Buffer.from(textOf(request));
  // Cut between two characters: the decoder holds half a one back.
  return new StringDecoder().write(bytes.subarray(0, MOST_BYTES));
}

function textOf(request: InferenceRequest): string {
  switch (request.operation) {
    case 'chat': {
      const content = request.body.messages.findLast(({ role }) => role === 'user')?.content ?? '';
      return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('\n');
    }
    case 'completion':
      return firstOf(request.body.prompt);
    case 'embedding':
      return firstOf(request.body.input);
  }
}

/** Token ids are no text. */
function firstOf(prompt: string | readonly unknown[]): string {
  const first = typeof prompt === 'string' ? prompt : prompt[0];
  return typeof first === 'string' ? first : '';
}
