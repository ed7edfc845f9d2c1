// The contract of what counts a text's characters and runs by class.

/** Units of a text, or of a piece of one, that a counter takes. */
export const MOST_UNITS = 3_072;

/** Where in `counts` each stands. */
export const COUNT = {
  letters: 0,
  words: 1,
  digits: 2,
  numbers: 3,
  marks: 4,
  markRuns: 5,
  breaks: 6,
  near: 7,
  far: 8,
  quotes: 9,
} as const;

/** Entries of `counts`. */
export const COUNTS: number = Object.keys(COUNT).length;

export interface TextCounter {
  readonly engine: 'wasm' | 'plain';
  /** By `COUNT`. Whoever begins anew sets them to 0. */
  readonly counts: Int32Array;
  /** The text, of at most `MOST_UNITS`, that `add` counts. */
  readonly take: (text: string) => void;
  /** Adds the units from one to another to `counts`, as if a line began there. */
  readonly add: (from: number, to: number) => void;
}
