// How a request's text looks to any tokenizer: characters and runs by class.

/** Whole numbers; where the text is longer than the sample, scaled up to all of it. */
export interface TextShape {
  /** 1 a request, or 1 a prompt of a completion or embedding call. */
  readonly requests: number;
  readonly messages: number;
  /** ASCII letters, and the words that they make: a new one begins inside camelCase too. */
  readonly letters: number;
  readonly words: number;
  /** ASCII digits, and their runs. */
  readonly digits: number;
  readonly numbers: number;
  /** Other visible ASCII, and its runs. */
  readonly marks: number;
  readonly markRuns: number;
  /** Line breaks, tabs and control characters. */
  readonly breaks: number;
  /** UTF-16 units below U+0800 (Latin, Greek, Cyrillic, Hebrew, Arabic) and from there on (CJK, emoji). */
  readonly near: number;
  readonly far: number;
  /** About the bytes of JSON of the tools on offer. */
  readonly toolBytes: number;
  readonly images: number;
  /** Token ids that the caller sent in the place of text: these are exact. */
  readonly given: number;
}

/** What a text's characters come to. */
export type TextCounts = Pick<
  TextShape,
  'letters' | 'words' | 'digits' | 'numbers' | 'marks' | 'markRuns' | 'breaks' | 'near' | 'far'
> & { readonly quotes: number };

/** The counts of a request's text with what else it is made of. */
export function shapeOf(counts: TextCounts, rest: Omit<TextShape, keyof TextCounts>): TextShape {
  return {
    requests: rest.requests,
    messages: rest.messages,
    letters: counts.letters,
    words: counts.words,
    digits: counts.digits,
    numbers: counts.numbers,
    marks: counts.marks,
    markRuns: counts.markRuns,
    breaks: counts.breaks,
    near: counts.near,
    far: counts.far,
    toolBytes: rest.toolBytes,
    images: rest.images,
    given: rest.given,
  };
}
