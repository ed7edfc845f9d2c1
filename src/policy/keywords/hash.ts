// A polynomial hash of words, from which that of a word without some of its letters follows without a look at the others.

export const BASE = 0x01000193;

/** No longer word is compared with a tolerance. */
export const LONGEST_NEAR = 48;

const POWERS = new Int32Array(LONGEST_NEAR + 1);
POWERS[0] = 1;
for (let i = 1; i < POWERS.length; i++) POWERS[i] = Math.imul(POWERS[i - 1] ?? 0, BASE);

export function hashOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, BASE) + word.charCodeAt(i)) | 0;
  return hash;
}

/** prefixes: Int32Array(>= LONGEST_NEAR + 1); entry i becomes the hash of the first i units of text[start, end). */
export function hashPrefixes(text: string, start: number, end: number, prefixes: Int32Array): void {
  let hash = 0;
  prefixes[0] = 0;
  for (let i = start; i < end; i++) {
    hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
    prefixes[i - start + 1] = hash;
  }
}

/** Of the word of `length` units without unit i. */
export function hashWithout(prefixes: Int32Array, length: number, i: number): number {
  const shift = POWERS[length - 1 - i] ?? 0;
  return ((prefixes[length] ?? 0) + Math.imul(shift, (prefixes[i] ?? 0) - (prefixes[i + 1] ?? 0))) | 0;
}

/** Of the word without units i and j, i < j. */
export function hashWithoutTwo(prefixes: Int32Array, length: number, i: number, j: number): number {
  const between = j - i - 1;
  const after = POWERS[length - 1 - j] ?? 0;
  const middle = ((prefixes[j] ?? 0) - Math.imul(prefixes[i + 1] ?? 0, POWERS[between] ?? 0)) | 0;
  const head = (Math.imul(prefixes[i] ?? 0, POWERS[between] ?? 0) + middle) | 0;
  const tail = ((prefixes[length] ?? 0) - Math.imul(prefixes[j + 1] ?? 0, after)) | 0;
  return (Math.imul(head, after) + tail) | 0;
}
