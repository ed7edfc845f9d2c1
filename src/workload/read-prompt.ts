// What is seen of a completion or an embedding call: its prompts.
import { fingerprint, quickFingerprint } from './fingerprint.ts';
import { isDeferrable, type Seen } from './seen.ts';
import { countText } from './text-counts.ts';
import { shapeOf } from './text-shape.ts';
import type { CompletionBody, Prompt } from './types.ts';

/** Ids of a tokenized prompt that tell its beginning. */
const FINGERPRINT_IDS = 256;

/** `completion`: absent, it is an embedding. */
export function readPrompt(prompt: Prompt, completion: CompletionBody | undefined): Seen {
  const texts: string[] = [];
  let units = 0;
  let given = 0;
  let prompts = 1;
  if (typeof prompt === 'string') {
    texts.push(prompt);
    units = prompt.length;
  } else if (typeof prompt[0] === 'number') {
    given = prompt.length;
  } else {
    prompts = prompt.length;
    for (let i = 0; i < prompts; i++) {
      const one = prompt[i];
      if (typeof one === 'string') {
        texts.push(one);
        units += one.length;
      } else if (Array.isArray(one)) given += one.length;
    }
  }
  const suffix = completion?.suffix;
  if (typeof suffix === 'string') {
    texts.push(suffix);
    units += suffix.length;
  }
  const counts = countText(texts, units);
  return {
    kind:
      completion === undefined
        ? 'embedding'
        : prompts > 1 || isDeferrable(completion.service_tier)
          ? 'batch'
          : 'completion',
    maxOutput: completion === undefined ? 0 : (completion.max_tokens ?? undefined),
    messages: prompts,
    roles: { system: 0, user: prompts, assistant: 0, tool: 0 },
    tools: [],
    toolFailures: 0,
    reasoningEffort: undefined,
    system: undefined,
    shape: shapeOf(counts, {
      requests: prompts,
      messages: 0,
      toolBytes: 0,
      images: 0,
      given,
    }),
    told: {
      text: () => (typeof prompt === 'string' ? prompt : typeof prompt[0] === 'string' ? prompt[0] : ''),
      earlier: () => [],
      followsAnswer: () => false,
      beginning: () => beginningOf(prompt),
    },
  };
}

function beginningOf(prompt: Prompt): string {
  if (typeof prompt === 'string') return quickFingerprint('', prompt, prompt.length);
  const [first] = prompt;
  if (typeof first === 'string') return quickFingerprint('', first, first.length);
  const ids = (typeof first === 'number' ? prompt : (first ?? [])) as readonly number[];
  return fingerprint(`ids ${ids.slice(0, FINGERPRINT_IDS).join(' ')}\u0000${ids.length}`, 0);
}
