// What a table is fitted on: the operator's texts, cut to what an encoder reads well, and single sentences out of them.
import type { Random } from '../../base/index.ts';

/** Some 150 pieces of English: an encoder's time grows with the square of the length, its vector says little more. */
export const FIT_UNITS = 600;
/** Of a text that sentences are cut from. */
const SOURCE_UNITS = 4_000;
const SENTENCE_LEAST = 16;
const SENTENCE_MOST = 240;

/**
 * Each text once, and up to `sentences` of their sentences; shuffled, so that any part of the list is like the whole.
 * Sentences are there because most of what is asked is shorter than what texts are collected in.
 */
export function fitTexts(texts: readonly string[], sentences: number, random: Random): string[] {
  const whole = new Set<string>();
  const cut = new Set<string>();
  for (const text of texts) {
    const trimmed = text.trim();
    if (trimmed.length === 0) continue;
    whole.add(trimmed.slice(0, FIT_UNITS));
    for (const part of trimmed.slice(0, SOURCE_UNITS).split(/(?<=[.!?])\s+|(?<=[。！？])|\n+/u)) {
      const sentence = part.trim();
      if (sentence.length >= SENTENCE_LEAST && sentence.length <= SENTENCE_MOST) cut.add(sentence);
    }
  }
  const chosen = shuffled(
    [...cut].filter((sentence) => !whole.has(sentence)),
    random,
  ).slice(0, sentences);
  return shuffled([...whole, ...chosen], random);
}

function shuffled(list: string[], random: Random): string[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = list[i] ?? '';
    list[i] = list[j] ?? '';
    list[j] = held;
  }
  return list;
}
