// Which characters make up words: letters and digits; of scripts that are written without spaces, and of all beyond the BMP, each is a word of its own.

export const SEPARATOR = 1;
export const LETTER = 2;
export const ALONE = 3;

const WORD = /[\p{L}\p{N}\p{M}]/u;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** By UTF-16 unit; 0: not looked at yet. */
const classes = new Uint8Array(65_536);

/** SEPARATOR, LETTER or ALONE. `_` separates, so that identifiers are taken apart. */
export function classOf(unit: number): number {
  return classes[unit] || (classes[unit] = classify(unit));
}

function classify(unit: number): number {
  if (unit >= 0xd800 && unit <= 0xdfff) return ALONE;
  const character = String.fromCharCode(unit);
  if (UNSPACED.test(character)) return ALONE;
  return WORD.test(character) ? LETTER : SEPARATOR;
}
