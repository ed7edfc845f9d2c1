// session-hash: a session stays where its prefix is cached; when an endpoint leaves, only its own sessions move.
import { fnv1a, type Random } from '../../base/index.ts';
import { leastTokens } from './least-tokens.ts';
import type { Candidate, Picker } from './types.ts';

/**
 * Weighted rendezvous hashing (highest of -weight / ln u): each endpoint gets sessions in proportion to its weight, and who is not
 * eligible is stood in for by the session's second choice, the same for all its requests. Without a session: least-tokens.
 */
export const sessionHash: Picker = <C extends Candidate>(
  members: readonly C[],
  eligible: number,
  session: string,
  random: Random,
): C | undefined => {
  if (session === '') return leastTokens(members, eligible, session, random);
  const hash = fnv1a(session);
  let best: C | undefined;
  let highest = -Infinity;
  for (const member of members) {
    if (!member.eligible) continue;
    const score = -member.weight / Math.log(uniform(hash, member.seed));
    if (score <= highest) continue;
    highest = score;
    best = member;
  }
  return best;
};

/** In (0, 1), from two hashes by murmur3's finaliser. */
function uniform(session: number, seed: number): number {
  let hash = Math.imul(session ^ Math.imul(seed, 0x9e3779b1), 0xcc9e2d51);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 0x1_0000_0000;
}
