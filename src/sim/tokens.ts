// Tokens of simulated texts: one a word, so that counts, chunks and texts always agree.

/** Splits a text into its words, each with the whitespace before it: joined, they are the text. At least one chunk, maybe empty. */
export function toTokens(text: string): readonly string[] {
  return text.trim().match(/\s*\S+/gu) ?? [''];
}

/**
 * The same in `count` chunks where the text has at least as many words: the first chunk then holds the words that are too many,
 * so that a one-token answer of a data set still carries its whole text.
 */
export function toTokenCount(text: string, count: number): readonly string[] {
  const words = toTokens(text);
  const surplus = words.length - count;
  if (surplus <= 0) return words;
  return [words.slice(0, surplus + 1).join(''), ...words.slice(surplus + 1)];
}

/** UTF-8 bytes of a prompt that count as one token. */
export const BYTES_PER_TOKEN = 4;

/** Rough size of a prompt, at least 1. */
export function estimateTokens(texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return Math.max(1, Math.ceil(bytes / BYTES_PER_TOKEN));
}
