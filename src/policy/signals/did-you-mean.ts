// What may have been meant by a name that is not there.
import { editDistance } from '../keywords/edit-distance.ts';

/** `none`: what is said where nothing is known at all. */
export function didYouMean(given: string, known: readonly string[], none: string): string {
  if (known.length === 0) return none;
  const list = `expected one of ${known.join(', ')}`;
  const distance = (name: string): number => editDistance(given.toLowerCase(), name.toLowerCase());
  const [nearest = ''] = known.toSorted((a, b) => distance(a) - distance(b));
  return distance(nearest) <= Math.max(1, given.length / 3) ? `did you mean "${nearest}"? ${list}` : list;
}
