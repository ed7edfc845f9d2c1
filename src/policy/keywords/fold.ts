// Text as keywords compare it: without case, without accents, with one form of each character.

/** What is more than lower case: normal forms are asked of these alone, for that of a whole text takes eight times as long as all else. */
const BEYOND_ASCII = /[\u0080-\uffff]+/g;

/** Accents of Latin, Greek and Cyrillic; vowel signs of other scripts are letters to their readers. */
const ACCENTS = /[\u0300-\u036f]+/g;

/**
 * Normal forms put marks in order by insertion: 100,000 on one letter took 11 s. Nobody means more than 30 (the Stream-Safe Text Format of
 * UAX #15); the rest of a run is left out.
 */
const MARKS_TOO_MANY = /(\p{M}{30})\p{M}+/gu;

export function foldText(text: string): string {
  return text.replaceAll(BEYOND_ASCII, foldRun).toLowerCase();
}

/** Of short runs, which come again and again. */
const folded = new Map<string, string>();
const MOST_KEPT = 4_096;

function foldRun(run: string): string {
  let form = folded.get(run);
  if (form !== undefined) return form;
  const safe = run.length > 30 ? run.replaceAll(MARKS_TOO_MANY, '$1') : run;
  form = safe.normalize('NFKD').replaceAll(ACCENTS, '').normalize('NFC');
  if (run.length <= 2 && folded.size < MOST_KEPT) folded.set(run, form);
  return form;
}
