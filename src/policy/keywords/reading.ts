// What keywords read of a request: its texts up to a bound, and the same folded once for all sets.
import { foldText } from './fold.ts';

/** UTF-16 units in all, read in full: a rule on personal data must not miss the middle of a long text. */
export const MOST_UNITS = 262_144;

export class Reading {
  readonly texts: readonly string[];
  /** There was more than is read, or what cannot be. */
  readonly cut: boolean;
  #folded: readonly string[] | undefined;

  constructor(texts: readonly string[], unread = false) {
    let left = MOST_UNITS;
    const read: string[] = [];
    for (const text of texts) {
      if (left <= 0) break;
      read.push(text.length > left ? text.slice(0, left) : text);
      left -= text.length;
    }
    this.texts = read;
    this.cut = unread || left < 0 || read.length < texts.length;
  }

  folded(): readonly string[] {
    return (this.#folded ??= this.texts.map(foldText));
  }
}
