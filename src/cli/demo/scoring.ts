// What an answer is worth to a demo user, and what it cost.
import type { Price } from './types.ts';

/** 1 when the answer contains the reference, whatever the case and the white space between words. */
export function scoreAnswer(answer: string, reference: string): 0 | 1 {
  return normalise(answer).includes(normalise(reference)) ? 1 : 0;
}

function normalise(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

export function costOf(usage: { inputTokens: number; outputTokens: number }, price: Price): number {
  return (usage.inputTokens * price.inputPerMTok + usage.outputTokens * price.outputPerMTok) / 1e6;
}
