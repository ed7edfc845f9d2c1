// What may have been meant by a name that is not there.
import { nearNames } from '../near-names.ts';

/** `none`: what is said where nothing is known at all. */
export function didYouMean(given: string, known: readonly string[], none: string): string {
  if (known.length === 0) return none;
  const list = `expected one of ${known.join(', ')}`;
  const [nearest] = nearNames(given, known);
  return nearest === undefined ? list : `did you mean "${nearest}"? ${list}`;
}
