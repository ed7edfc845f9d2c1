// Text as keywords compare it: without case, without accents, with one form of each character.

/** ASCII needs no more than lower case, which is native and about a quarter of a microsecond a KiB. */
// oxlint-disable-next-line no-control-regex -- ASCII is what this is about
const BEYOND_ASCII = /[^\u0000-\u007f]/;

/** Accents of Latin, Greek and Cyrillic; vowel signs of other scripts are letters to their readers. */
const ACCENTS = /[\u0300-\u036f]/g;

export function foldText(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replaceAll(ACCENTS, '').normalize('NFC').toLowerCase();
}
