// Which of the known names somebody may have meant by one that is not known.
import { editDistance } from './keywords/edit-distance.ts';

const MOST_NAMES = 3;
/** Longer names are compared by their beginnings. */
const LONGEST = 64;

/** The nearest of `known`, at most three, nearest first; none when nothing is alike. */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = plain(name);
  if (wanted === '') return [];
  return known
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, plain(candidate)) }))
    .filter(({ distance }) => distance < 0.5)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST_NAMES)
    .map(({ candidate }) => candidate);
}

function plain(name: string): string {
  return name
    .slice(0, LONGEST)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Edits for each character of the longer one (0: equal, 1: nothing in common); a name that contains the other is near. */
function distanceOf(a: string, b: string): number {
  const share = editDistance(a, b) / Math.max(a.length, b.length);
  const within = a.length >= 3 && b.length >= 3 && (a.includes(b) || b.includes(a));
  return within ? Math.min(0.1, share) : share;
}
