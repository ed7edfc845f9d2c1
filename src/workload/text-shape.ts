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

// Classes of UTF-16 units.
const LOWER = 0;
const UPPER = 1;
const DIGIT = 2;
const SPACE = 3;
const BREAK = 4;
const MARK = 5;
/** A mark that JSON escapes. */
const QUOTE = 6;
const NEAR = 7;
const FAR = 8;
const CLASSES = 9;

const CLASS_OF = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) return LOWER;
  if (/[A-Z]/.test(character)) return UPPER;
  if (/[0-9]/.test(character)) return DIGIT;
  if (character === ' ') return SPACE;
  if (code < 32 || code === 127) return BREAK;
  return character === '"' || character === '\\' ? QUOTE : MARK;
});

const WINDOW_UNITS = 128;
const WINDOWS = 6;
/** Texts up to this length, all together, are counted whole. */
export const SAMPLE_UNITS: number = WINDOW_UNITS * WINDOWS;

/**
 * The sample, with a line feed after each piece. Copying it out natively and counting here takes half the time of `charCodeAt`;
 * room for as many pieces as units.
 */
const sample = new Uint16Array(2 * SAMPLE_UNITS);
const sampleBytes = Buffer.from(sample.buffer);
/** Below this, a copy costs more than it saves. */
const MIN_COPY_UNITS = 16;

/** How often a class follows another: `previous << 4 | class`, in two tables because each waits for its own last write. */
const odd = new Int32Array(CLASSES << 4);
const even = new Int32Array(CLASSES << 4);

/** Counts all of `texts`, which have `units` UTF-16 units in sum; reads at most `SAMPLE_UNITS` of them. */
export function countText(texts: readonly string[], units: number): TextCounts {
  if (units > SAMPLE_UNITS) return countWindows(texts, units);
  let filled = 0;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] ?? '';
    filled = take(text, 0, text.length, filled);
  }
  return countSample(filled, texts.length, 1);
}

/** Windows at even distances, each moved a little so that text with a period does not meet them in step. */
function countWindows(texts: readonly string[], units: number): TextCounts {
  const stride = units / WINDOWS;
  let filled = 0;
  let pieces = 0;
  let begin = 0;
  let window = 0;
  let from = 0;
  for (let i = 0; i < texts.length && window < WINDOWS; i++) {
    const text = texts[i] ?? '';
    const end = begin + text.length;
    while (window < WINDOWS && from < end) {
      // A window that a text's end cuts off goes on in the next text.
      const to = Math.min(from + WINDOW_UNITS, end);
      filled = take(text, Math.max(from, begin) - begin, to - begin, filled);
      pieces++;
      if (from + WINDOW_UNITS > end) break;
      window++;
      from = Math.floor(window * stride + ((window * 0.618034) % 1) * (stride - WINDOW_UNITS));
    }
    begin = end;
  }
  return countSample(filled, pieces, units / (filled - pieces));
}

/** Copies a piece to the end of the sample; returns the new end. */
function take(text: string, from: number, to: number, filled: number): number {
  const units = to - from;
  if (units >= MIN_COPY_UNITS) {
    sampleBytes.write(units === text.length ? text : text.slice(from, to), filled * 2, units * 2, 'utf16le');
  } else {
    for (let i = 0; i < units; i++) sample[filled + i] = text.charCodeAt(from + i);
  }
  sample[filled + units] = LINE_FEED;
  return filled + units + 1;
}

const LINE_FEED = 10;

function countSample(filled: number, pieces: number, scale: number): TextCounts {
  odd.fill(0);
  even.fill(0);
  let previous = BREAK;
  let at = 0;
  // Every index is in bounds by construction: asking again costs half of the loop.
  for (; at + 1 < filled; at += 2) {
    const one = classOf(sample[at] as number);
    const other = classOf(sample[at + 1] as number);
    const first = (previous << 4) | one;
    const second = (one << 4) | other;
    odd[first] = (odd[first] as number) + 1;
    even[second] = (even[second] as number) + 1;
    previous = other;
  }
  if (at < filled) {
    const last = (previous << 4) | classOf(sample[at] as number);
    odd[last] = (odd[last] as number) + 1;
  }
  return sum(pieces, scale);
}

function classOf(code: number): number {
  return code < 128 ? (CLASS_OF[code] as number) : code < 0x800 ? NEAR : FAR;
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

function sum(pieces: number, scale: number): TextCounts {
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
    breaks: Math.round((all(BREAK) - pieces) * scale),
    near: Math.round(all(NEAR) * scale),
    far: Math.round(all(FAR) * scale),
    quotes: Math.round(quotes * scale),
  };
}
