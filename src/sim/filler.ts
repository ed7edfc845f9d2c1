// Words that say nothing, to bring simulated answers to the length that the real ones had.
const SENTENCES = [
  'The reasoning follows the question step by step and keeps to what was asked.',
  'Each part was weighed against the others before the next one was taken up.',
  'Nothing beyond the given facts was assumed along the way.',
  'The intermediate results agree with one another where they can be compared.',
  'A reader can follow the same path from the beginning to the end.',
  'Terms are used in their ordinary sense unless the question says otherwise.',
];
const WORDS = SENTENCES.join(' ').split(' ');

/** `count` words of filler, starting at a sentence that `start` (any integer) chooses. */
export function fillerWords(count: number, start = 0): string {
  const skip = SENTENCES.slice(0, start % SENTENCES.length).join(' ');
  const offset = skip === '' ? 0 : skip.split(' ').length;
  return Array.from({ length: Math.max(0, count) }, (_, i) => WORDS[(offset + i) % WORDS.length]).join(' ');
}
