// LLM tokens of a text from its shape: what a tokenizer that nobody has met yet is expected to make of it.
import type { TextShape } from './text-shape.ts';

/** What each count of a shape contributes; `given` is exact and stands apart. */
export const TOKEN_FEATURES = [
  'requests',
  'messages',
  'letters',
  'words',
  'digits',
  'numbers',
  'marks',
  'markRuns',
  'breaks',
  'near',
  'far',
  'toolBytes',
  'images',
] as const satisfies readonly (keyof TextShape)[];

/**
 * Tokens for one of each. Text: least squares of relative error over the prompts of the training folds under GPT-4o's and GPT-4's
 * vocabularies (`bench/tokens.ts --fit`). Frame of a chat: ChatML. Tools: 4 bytes a token. Images: a high-detail one of 1024 x 1024.
 */
export const TOKENS_PER: Readonly<Record<(typeof TOKEN_FEATURES)[number], number>> = {
  requests: 1,
  messages: 5,
  letters: 0.073,
  words: 0.76,
  digits: 0.35,
  numbers: 1.21,
  marks: 0.23,
  markRuns: 0.51,
  breaks: 0.51,
  near: 0.42,
  far: 0.92,
  toolBytes: 0.23,
  images: 765,
};

/** Whole tokens of text, frame, tools and images, and the given ids. */
export function estimateTokens(shape: TextShape): number {
  return Math.round(estimateText(shape)) + shape.given;
}

/** Without the given ids. Written out: a loop over names costs five times as much. */
function estimateText(s: TextShape): number {
  const t = TOKENS_PER;
  return (
    t.requests * s.requests +
    t.messages * s.messages +
    t.letters * s.letters +
    t.words * s.words +
    t.digits * s.digits +
    t.numbers * s.numbers +
    t.marks * s.marks +
    t.markRuns * s.markRuns +
    t.breaks * s.breaks +
    t.near * s.near +
    t.far * s.far +
    t.toolBytes * s.toolBytes +
    t.images * s.images
  );
}
