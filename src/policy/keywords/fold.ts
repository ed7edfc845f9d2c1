// Text as keywords compare it: without case, without accents, with one form of each character.

/** What is more than lower case: normal forms are asked of these alone, for that of a whole text takes eight times as long as all else. */
const BEYOND_ASCII = /[\u0080-\uffff]+/g;

/** Accents of Latin, Greek and Cyrillic; vowel signs of other scripts are letters to their readers. */
const ACCENTS = /[\u0300-\u036f]+/g;

export function foldText(text: string): string {
  return text.replaceAll(BEYOND_ASCII, foldRun).toLowerCase();
}

/** Of short runs, which come again and again. */
const folded = new Map<string, string>();
const MOST_KEPT = 4_096;

function foldRun(run: string): string {
  let form = folded.get(run);
  if (form !== undefined) return form;
  form = run.normalize('NFKD').replaceAll(ACCENTS, '').normalize('NFC');
  if (run.length <= 2 && folded.size < MOST_KEPT) folded.set(run, form);
  return form;
}
