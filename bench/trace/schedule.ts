// What is sent when: each arrival of the trace becomes a conversation of real prompts of about its length. Pure and seeded.
import { seededRandom } from '../../src/base/index.ts';
import type { Arrival } from './arrivals.ts';
import type { Prompt } from './prompts.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface Planned {
  readonly atMs: number;
  readonly messages: readonly Message[];
  /** The last user message: no two requests have the same. */
  readonly prompt: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly stream: boolean;
  readonly session: string | undefined;
  readonly feedback: boolean;
  /** Aligned with the models. */
  readonly scores: readonly number[];
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Longer answers are cut to so many tokens. */
  readonly mostOutput: number;
  readonly streamShare: number;
  readonly sessionShare: number;
  readonly feedbackShare: number;
}

const SESSIONS = 40;
/** What a model server's chat template adds to a message, about. */
const TOKENS_PER_MESSAGE = 4;
const REPLY = 'I see. What would you like to know next?';
const REPLY_TOKENS = 11;
/** A history is real prompts one after another: so many are looked at for one that still fits. */
const LOOKS = 8;

/** Prompts are taken by turns in a shuffled order; `prompts`: at least one. */
export function scheduleOf(
  arrivals: readonly Arrival[],
  prompts: readonly Prompt[],
  options: ScheduleOptions,
): readonly Planned[] {
  const random = seededRandom(options.seed);
  const byLength = prompts.toSorted((a, b) => a.tokens - b.tokens);
  const uses = new Map<Prompt, number>();
  /** Of all that are no longer than that, or the shortest. */
  const drawn = (most: number): Prompt => {
    const fitting = Math.max(1, upperBound(byLength, most));
    const prompt = byLength[Math.floor(random() * fitting)];
    if (prompt === undefined) throw new Error('there are no prompts');
    return prompt;
  };
  return arrivals.map((arrival): Planned => {
    const asked = leastUsed(
      Array.from({ length: LOOKS }, () => drawn(arrival.inputTokens)),
      uses,
    );
    const turn = (uses.get(asked) ?? 0) + 1;
    uses.set(asked, turn);
    const prompt = turn === 1 ? asked.text : `${asked.text}\n\n(${turn})`;
    const messages: Message[] = [{ role: 'user', content: prompt }];
    let tokens = asked.tokens + TOKENS_PER_MESSAGE;
    for (let i = 0; i < LOOKS; i++) {
      const room = arrival.inputTokens - tokens - REPLY_TOKENS - 2 * TOKENS_PER_MESSAGE;
      if (room < (byLength[0]?.tokens ?? Infinity)) break;
      const earlier = longest(
        Array.from({ length: LOOKS }, () => drawn(room)),
        room,
      );
      if (earlier === undefined) continue;
      messages.unshift({ role: 'user', content: earlier.text }, { role: 'assistant', content: REPLY });
      tokens += earlier.tokens + REPLY_TOKENS + 2 * TOKENS_PER_MESSAGE;
    }
    return {
      atMs: arrival.atSeconds * 1000,
      messages,
      prompt,
      inputTokens: tokens,
      outputTokens: Math.max(1, Math.min(options.mostOutput, arrival.outputTokens)),
      stream: random() < options.streamShare,
      session: random() < options.sessionShare ? `session-${Math.floor(random() * SESSIONS)}` : undefined,
      feedback: random() < options.feedbackShare,
      scores: asked.scores,
    };
  });
}

function leastUsed(prompts: readonly Prompt[], uses: ReadonlyMap<Prompt, number>): Prompt {
  return prompts.reduce((best, prompt) => ((uses.get(prompt) ?? 0) < (uses.get(best) ?? 0) ? prompt : best));
}

function longest(prompts: readonly Prompt[], room: number): Prompt | undefined {
  const fitting = prompts.filter(({ tokens }) => tokens <= room);
  return fitting.length === 0 ? undefined : fitting.reduce((a, b) => (b.tokens > a.tokens ? b : a));
}

/** How many of the ascending prompts have at most `most` tokens. */
function upperBound(byLength: readonly Prompt[], most: number): number {
  let low = 0;
  let high = byLength.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((byLength[middle]?.tokens ?? Infinity) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
