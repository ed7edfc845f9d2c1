// least-requests: the fewest requests in flight for its weight.
import { pickOfTwo } from './two-choices.ts';
import type { Candidate, Picker } from './types.ts';

const score = (candidate: Candidate): number => candidate.inFlight / candidate.weight;

export const leastRequests: Picker = (members, eligible, _session, random) =>
  pickOfTwo(members, eligible, random, score);
