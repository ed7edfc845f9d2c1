// What a UTF-16 code unit is to the static embedder: its lower case, and whether it makes words, separates or stands alone.

/** Classes up to `WORD_MAX` are part of a word. */
export const LETTER = 1;
export const DIGIT = 2;
export const WORD_MAX = DIGIT;
export const SPACE = 3;
/** One that is a word of its own: punctuation (so that code and formulas show), and ideographs (no spaces between words). */
export const ALONE = 4;

/** Scripts below this code unit (Latin, Greek, Cyrillic, Armenian, Hebrew) are looked up; above, ranges decide. */
export const TABLE_SIZE = 0x600;

/** Lower case of a code unit below `TABLE_SIZE`; every white space becomes a blank and every digit 0. */
export const FOLDED = new Uint16Array(TABLE_SIZE);
export const CLASSES = new Uint8Array(TABLE_SIZE);

for (let unit = 0; unit < TABLE_SIZE; unit++) {
  const character = String.fromCharCode(unit);
  const lower = character.toLowerCase();
  let kind = ALONE;
  FOLDED[unit] = lower.length === 1 ? lower.charCodeAt(0) : unit;
  if (unit < 32 || /\s/.test(character)) {
    kind = SPACE;
    FOLDED[unit] = 32;
  } else if (/\p{N}/u.test(character)) {
    kind = DIGIT;
    // The shape of a number tells more about a topic than its value does.
    FOLDED[unit] = 48;
  } else if (/[\p{L}\p{M}]/u.test(character)) {
    kind = LETTER;
  }
  CLASSES[unit] = kind;
}

/** The class of a code unit from `TABLE_SIZE` on; surrogates, lone ones too, count as letters. */
export function classOfHigh(unit: number): number {
  if (unit >= 0x2000 && unit < 0x2070) return unit <= 0x200a || unit === 0x2028 || unit === 0x2029 ? SPACE : ALONE;
  if (unit === 0x3000) return SPACE;
  // Arrows, mathematical operators and other symbols; CJK punctuation, kana, ideographs; full-width punctuation.
  if (unit >= 0x20a0 && unit < 0x2c00) return ALONE;
  if ((unit >= 0x2e80 && unit < 0xa000) || (unit >= 0xf900 && unit < 0xfb00)) return ALONE;
  if (unit >= 0xff00 && unit < 0xff10) return ALONE;
  return LETTER;
}
