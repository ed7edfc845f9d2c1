// What a UTF-16 code unit is to the static embedder: part of a word, in its lower case; a word of its own; or a blank.

/** Scripts below this code unit (Latin, Greek, Cyrillic, Armenian, Hebrew) go by Unicode's classes; above, ranges decide. */
const CLASSED = 0x600;

/** Set in what is a word of its own: punctuation (so that code and formulas show), ideographs (no spaces between words), halves of pairs. */
const ALONE = 0x8000;

/**
 * By code unit: 0 for white space; below `ALONE` what makes words, with every digit as 0; from `ALONE` on what stands alone.
 * A few rare letters of far scripts share a value.
 */
export const UNITS = new Uint16Array(0x10000);

for (let unit = 0; unit < UNITS.length; unit++) UNITS[unit] = unit < CLASSED ? classed(unit) : ranged(unit);

function classed(unit: number): number {
  const character = String.fromCharCode(unit);
  if (unit < 32 || /\s/.test(character)) return 0;
  // The shape of a number tells more about a topic than its value does.
  if (/\p{N}/u.test(character)) return 48;
  if (!/[\p{L}\p{M}]/u.test(character)) return unit | ALONE;
  const lower = character.toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}

function ranged(unit: number): number {
  if (unit === 0x3000) return 0;
  if (unit >= 0x2000 && unit < 0x2070) return unit <= 0x200a || unit === 0x2028 || unit === 0x2029 ? 0 : unit | ALONE;
  const alone =
    // Arrows, mathematical operators and other symbols; CJK punctuation, kana, ideographs.
    (unit >= 0x20a0 && unit < 0x2c00) ||
    (unit >= 0x2e80 && unit < 0xa000) ||
    // Surrogates, lone ones too; compatibility ideographs; full-width punctuation.
    (unit >= 0xd800 && unit < 0xe000) ||
    (unit >= 0xf900 && unit < 0xfb00) ||
    (unit >= 0xff00 && unit < 0xff10);
  return alone ? unit | ALONE : unit & ~ALONE;
}
