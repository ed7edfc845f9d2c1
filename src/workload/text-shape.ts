// How a request's text looks to any tokenizer: characters and runs by class, counted over a bounded sample.

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

// Classes of the bytes of UTF-8.
const LOWER = 0;
const UPPER = 1;
const DIGIT = 2;
const SPACE = 3;
const BREAK = 4;
const MARK = 5;
/** A mark that JSON escapes. */
const QUOTE = 6;
/** The first byte of a UTF-16 unit below U+0800, of one from there on, of two, and any byte that is no first one. */
const NEAR = 7;
const FAR = 8;
const PAIR = 9;
const REST = 10;
const CLASSES = 11;

const CLASS_OF = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 128) return byte < 0xc0 ? REST : byte < 0xe0 ? NEAR : byte < 0xf0 ? FAR : PAIR;
  const character = String.fromCharCode(byte);
  if (/[a-z]/.test(character)) return LOWER;
  if (/[A-Z]/.test(character)) return UPPER;
  if (/[0-9]/.test(character)) return DIGIT;
  if (character === ' ') return SPACE;
  if (byte < 32 || byte === 127) return BREAK;
  return character === '"' || character === '\\' ? QUOTE : MARK;
});

const WINDOW_UNITS = 128;
const WINDOWS = 6;
/** Texts up to this length, all together, are counted whole. */
export const SAMPLE_UNITS: number = WINDOW_UNITS * WINDOWS;

/** Up to this length, all together, copying whole texts is cheaper than cutting windows out of them. */
const MAX_COPIED_UNITS = 4 * SAMPLE_UNITS;
/** Below this, a copy costs more than it saves. */
const MIN_COPIED_UNITS = 16;
/** A text, or a piece of one, as UTF-8. Copying it natively and counting here takes half the time of `charCodeAt`. */
const copy = Buffer.alloc(3 * MAX_COPIED_UNITS);

/** How often a class follows another: `previous << 4 | class`, in two tables because each waits for its own last write. */
const odd = new Int32Array(CLASSES << 4);
const even = new Int32Array(CLASSES << 4);

/** Counts all of `texts`, which have `units` UTF-16 units in sum; reads at most `SAMPLE_UNITS` of them. */
export function countText(texts: readonly string[], units: number): TextCounts {
  odd.fill(0);
  even.fill(0);
  if (units > SAMPLE_UNITS) return sum(units / countWindows(texts, units));
  for (let i = 0; i < texts.length; i++) countPiece(texts[i] ?? '');
  return sum(1);
}

/** Windows at even distances, each moved a little so that text with a period does not meet them in step; returns the units they have. */
function countWindows(texts: readonly string[], units: number): number {
  const stride = units / WINDOWS;
  let counted = 0;
  let begin = 0;
  let window = 0;
  let from = 0;
  for (let i = 0; i < texts.length && window < WINDOWS; i++) {
    const text = texts[i] ?? '';
    const end = begin + text.length;
    const isCopied = units <= MAX_COPIED_UNITS && from < end && copy.write(text) === text.length;
    while (window < WINDOWS && from < end) {
      // A window that a text's end cuts off goes on in the next text.
      const first = Math.max(from, begin) - begin;
      const last = Math.min(from + WINDOW_UNITS, end) - begin;
      if (isCopied) countCopy(first, last);
      else countPiece(text.slice(first, last));
      counted += last - first;
      if (from + WINDOW_UNITS > end) break;
      window++;
      from = Math.floor(window * stride + ((window * 0.618034) % 1) * (stride - WINDOW_UNITS));
    }
    begin = end;
  }
  return counted;
}

function countPiece(text: string): void {
  if (text.length >= MIN_COPIED_UNITS) {
    countCopy(0, copy.write(text));
    return;
  }
  let previous = BREAK;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const current = code < 128 ? (CLASS_OF[code] as number) : code < 0x800 ? NEAR : FAR;
    const at = (previous << 4) | current;
    odd[at] = (odd[at] as number) + 1;
    previous = current;
  }
}

/** Bytes of the copy, as if a line began there. */
function countCopy(from: number, to: number): void {
  let previous = BREAK;
  let at = from;
  // Every index is in bounds by construction: asking again costs half of the loop.
  for (; at + 1 < to; at += 2) {
    const one = CLASS_OF[copy[at] as number] as number;
    const other = CLASS_OF[copy[at + 1] as number] as number;
    const first = (previous << 4) | one;
    const second = (one << 4) | other;
    odd[first] = (odd[first] as number) + 1;
    even[second] = (even[second] as number) + 1;
    previous = other;
  }
  if (at < to) {
    const last = (previous << 4) | (CLASS_OF[copy[at] as number] as number);
    odd[last] = (odd[last] as number) + 1;
  }
}

function pair(previous: number, current: number): number {
  const at = (previous << 4) | current;
  return (odd[at] as number) + (even[at] as number);
}

/** All of a class, whatever stands before. */
function all(current: number): number {
  let count = 0;
  for (let previous = 0; previous < CLASSES; previous++) count += pair(previous, current);
  return count;
}

function sum(scale: number): TextCounts {
  const letters = all(LOWER) + all(UPPER);
  const inside = pair(LOWER, LOWER) + pair(UPPER, LOWER) + pair(UPPER, UPPER);
  const digits = all(DIGIT);
  const quotes = all(QUOTE);
  const marks = all(MARK) + quotes;
  const amongMarks = pair(MARK, MARK) + pair(MARK, QUOTE) + pair(QUOTE, MARK) + pair(QUOTE, QUOTE);
  return {
    letters: Math.round(letters * scale),
    words: Math.round((letters - inside) * scale),
    digits: Math.round(digits * scale),
    numbers: Math.round((digits - pair(DIGIT, DIGIT)) * scale),
    marks: Math.round(marks * scale),
    markRuns: Math.round((marks - amongMarks) * scale),
    breaks: Math.round(all(BREAK) * scale),
    near: Math.round(all(NEAR) * scale),
    far: Math.round((all(FAR) + 2 * all(PAIR)) * scale),
    quotes: Math.round(quotes * scale),
  };
}
