// least-tokens: the fewest tokens in flight for its weight; a long prompt weighs more than a short one.
import { pickOfTwo } from './two-choices.ts';
import type { Candidate, Picker } from './types.ts';

const score = (candidate: Candidate): number => candidate.inFlightTokens / candidate.weight;

export const leastTokens: Picker = (members, eligible, _session, random) => pickOfTwo(members, eligible, random, score);
