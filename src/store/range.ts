// Ranges read in pages, so that no cursor or snapshot is open while the consumer thinks.
import { boundsOf, keyOf, successorOf, type Bounds } from './place.ts';
import type { RangeOptions } from './store.ts';

/** Up to `limit` rows inside the bounds, from the low end or, reversed, from the high end: what is kept at each place, or something about it. */
export type ReadPage<T> = (
  bounds: Bounds,
  reverse: boolean,
  limit: number,
) => Promise<readonly (readonly [place: string, found: T])[]>;

// A page is read without a break of the event loop: 128 rows of 1.5 KB take 0.2 ms; decoding is spread over the steps.
const PAGE_ROWS = 128;

export async function* rangeByPages<T, U>(
  collection: string,
  options: RangeOptions,
  readPage: ReadPage<T>,
  read: (found: T) => U,
): AsyncGenerator<readonly [key: string, read: U]> {
  const reverse = options.reverse ?? false;
  let { low, high } = boundsOf(collection, options.from, options.to);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  while (left > 0 && low < high) {
    const size = Math.min(left, PAGE_ROWS);
    const page = await readPage({ low, high }, reverse, size);
    for (const [place, found] of page) yield [keyOf(place, collection), read(found)];
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    if (reverse) high = last[0];
    else low = successorOf(last[0]);
    left -= page.length;
  }
}

/** For what is already what was asked for. */
export const asItIs = <T>(found: T): T => found;
