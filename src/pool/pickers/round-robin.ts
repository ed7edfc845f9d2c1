// round-robin: in turn by weight, spread out evenly instead of in bursts (nginx's smooth weighted round-robin).
import type { Candidate, Picker } from './types.ts';

export const roundRobin: Picker = <C extends Candidate>(members: readonly C[]): C | undefined => {
  let total = 0;
  let best: C | undefined;
  for (const member of members) {
    if (!member.eligible) continue;
    total += member.weight;
    member.turn += member.weight;
    if (best === undefined || member.turn > best.turn) best = member;
  }
  if (best !== undefined) best.turn -= total;
  return best;
};
