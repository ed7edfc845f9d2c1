// What each UTF-16 code unit is to a WordPiece tokenizer, by BERT's rules: made when a table is made, and kept in its file.

/** As in the `normalizer` of a tokenizer.json. */
export interface Normalizer {
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
}

/** Ends a word and is nothing else. */
export const BLANK = 0;
/** Is not there: accents, control characters, unassigned code points. */
export const SKIPPED = 1;
/** From here on, a word of one unit: punctuation, ideographs. Below, from 2 on, what words are made of. */
export const ALONE = 0x8000;

/**
 * 65,536 entries. Units that are one to the tokenizer ("É", "e") share a number. Halves of surrogate pairs make words, so that a
 * piece of such characters is found by its units; no other character outside of the first plane is told from a letter.
 */
export function unitMap(normalizer: Normalizer): Uint16Array {
  const map = new Uint16Array(0x10000);
  const numbers = new Map<number, number>();
  let [inWords, alone] = [SKIPPED + 1, ALONE];
  for (let unit = 0; unit < map.length; unit++) {
    const target = normalised(unit, normalizer);
    if (target === undefined || isIgnored(target)) {
      map[unit] = SKIPPED;
      continue;
    }
    if (isBlank(target)) continue;
    const number = numbers.get(target) ?? (isAlone(target) ? alone++ : inWords++);
    numbers.set(target, number);
    map[unit] = number;
  }
  return map;
}

/** The one code unit that this one becomes; itself if it would become several (Hangul); undefined if nothing is left. */
function normalised(unit: number, { lowercase, stripAccents }: Normalizer): number | undefined {
  if (isSurrogate(unit)) return unit;
  let text = String.fromCharCode(unit);
  if (stripAccents) text = text.normalize('NFD').replace(/\p{Mn}/gu, '');
  if (lowercase) text = text.toLowerCase();
  if (text.length === 0) return undefined;
  return text.length === 1 ? text.charCodeAt(0) : unit;
}

function isBlank(unit: number): boolean {
  return !isSurrogate(unit) && /\s/.test(String.fromCharCode(unit));
}

function isIgnored(unit: number): boolean {
  if (isSurrogate(unit) || (unit >= 9 && unit <= 13)) return false;
  return unit === 0xfffd || /[\p{Cc}\p{Cf}\p{Cn}\p{Co}]/u.test(String.fromCharCode(unit));
}

function isAlone(unit: number): boolean {
  if (isSurrogate(unit)) return false;
  const isIdeograph =
    (unit >= 0x3400 && unit < 0x4dc0) || (unit >= 0x4e00 && unit < 0xa000) || (unit >= 0xf900 && unit < 0xfb00);
  // Of ASCII, what Unicode counts as a symbol is punctuation too.
  return isIdeograph || /[\p{P}$+<=>^`|~]/u.test(String.fromCharCode(unit));
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
