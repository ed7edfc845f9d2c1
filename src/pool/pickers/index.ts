// The table of pickers: one line for each.
import type { PickKind } from '../types.ts';
import { leastRequests } from './least-requests.ts';
import { leastTokens } from './least-tokens.ts';
import { roundRobin } from './round-robin.ts';
import { sessionHash } from './session-hash.ts';
import type { Picker } from './types.ts';

export const PICKERS = {
  'least-tokens': leastTokens,
  'least-requests': leastRequests,
  'round-robin': roundRobin,
  'session-hash': sessionHash,
} as const satisfies Record<PickKind, Picker>;
export type { Candidate, Picker } from './types.ts';
