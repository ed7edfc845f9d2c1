// Power of two choices: of two drawn at random the one with the lower score, so that replicas which see the same numbers do not herd.
import type { Random } from '../../base/index.ts';
import type { Candidate } from './types.ts';

/** Ties are broken at random by weight, so that idle endpoints share the load as they are meant to. */
export function pickOfTwo<C extends Candidate>(
  members: readonly C[],
  eligible: number,
  random: Random,
  score: (candidate: C) => number,
): C | undefined {
  if (eligible <= 1) return nthEligible(members, 0);
  const first = Math.floor(random() * eligible);
  let second = Math.floor(random() * (eligible - 1));
  if (second >= first) second++;
  const [a, b] = [nthEligible(members, first), nthEligible(members, second)];
  if (a === undefined || b === undefined) return a ?? b;
  const difference = score(a) - score(b);
  if (difference !== 0) return difference < 0 ? a : b;
  return random() * (a.weight + b.weight) < a.weight ? a : b;
}

function nthEligible<C extends Candidate>(members: readonly C[], n: number): C | undefined {
  let left = n;
  for (const member of members) {
    if (member.eligible && left-- === 0) return member;
  }
  return undefined;
}
