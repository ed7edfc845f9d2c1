// The texts of a request, gathered when somebody asks for them.
import type { ChatMessage, InferenceRequest, Prompt } from './types.ts';
import { createWalk, walkCalls, walkContent } from './walk.ts';

/** Text parts in the order of the request; never empty texts. */
export interface RequestTexts {
  /** Of the last user message; of completions and embeddings all prompts. */
  readonly last: () => readonly string[];
  /** Of all messages, the names and arguments of tool calls included. */
  readonly all: () => readonly string[];
  /** There are prompts that are token ids, which nobody can read here. */
  readonly unread?: boolean;
}

export function textsOf(request: InferenceRequest): RequestTexts {
  switch (request.operation) {
    case 'chat': {
      const { messages } = request.body;
      return {
        last: () => {
          const last = messages.findLast(({ role }) => role === 'user');
          return last === undefined ? [] : textsIn([last]);
        },
        all: () => textsIn(messages),
      };
    }
    case 'completion': {
      const { prompt, suffix } = request.body;
      const texts = (): readonly string[] =>
        typeof suffix === 'string' && suffix !== '' ? [...promptTexts(prompt), suffix] : promptTexts(prompt);
      return { last: texts, all: texts, unread: hasIds(prompt) };
    }
    case 'embedding': {
      const { input } = request.body;
      const texts = (): readonly string[] => promptTexts(input);
      return { last: texts, all: texts, unread: hasIds(input) };
    }
  }
}

function textsIn(messages: readonly ChatMessage[]): readonly string[] {
  const walk = createWalk();
  for (const message of messages) {
    walkContent(walk, message.content);
    if (message.role === 'assistant') walkCalls(walk, message);
  }
  return walk.texts;
}

function hasIds(prompt: Prompt): boolean {
  return typeof prompt !== 'string' && prompt.some((one) => typeof one !== 'string');
}

/** Token ids are no text. */
function promptTexts(prompt: Prompt): readonly string[] {
  const texts: readonly unknown[] = typeof prompt === 'string' ? [prompt] : prompt;
  return texts.filter((text): text is string => typeof text === 'string' && text !== '');
}
