// The keys of a wordpiece table by line of the processor's cache: what is compared with a key, and where its row lies, in one read.

/** Of 16 words of a line, the last is the row of its first key; all its keys' rows follow one another. */
const LINE = 16;
const MOST_KEYS = LINE - 1;
/** Sizes the lines: about so many keys in each, so that few tables have one with more than there is room for. */
const MEAN_KEYS = 4;

export interface BucketLines {
  /** There are 2^bits lines; a key's is told by its top bits. */
  readonly bits: number;
  readonly lines: Uint32Array;
}

/** `keys`: ascending, each the key of its row, and no more than 15 that have 20 bits in common (`piece-index.ts`: 8). */
export function bucketLines(keys: Uint32Array): BucketLines {
  for (let bits = Math.max(4, Math.ceil(Math.log2(keys.length / MEAN_KEYS))); ; bits++) {
    const lines = linesOf(keys, bits);
    if (lines !== undefined) return { bits, lines };
  }
}

function linesOf(keys: Uint32Array, bits: number): Uint32Array | undefined {
  const shift = 32 - bits;
  const lines = new Uint32Array(LINE * 2 ** bits);
  // Where there is no key stands 0, which is one in the first line alone.
  lines.fill(~0, 0, MOST_KEYS);
  let before = -1;
  let next = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] as number;
    const line = (key >>> shift) * LINE;
    if (line !== before) {
      before = line;
      next = line;
      lines[line + MOST_KEYS] = row;
    }
    if (next === line + MOST_KEYS) return undefined;
    lines[next++] = key;
  }
  return lines;
}
