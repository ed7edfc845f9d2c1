// What a picker sees: the filter has marked who may be chosen, the picker scores and picks among those.
import type { Random } from '../../base/index.ts';

export interface Candidate {
  readonly weight: number;
  readonly inFlight: number;
  readonly inFlightTokens: number;
  /** Hash of its name: its place in rendezvous hashing. */
  readonly seed: number;
  /** The filter's: whether it may be chosen for the request at hand. */
  readonly eligible: boolean;
  /** Smooth weighted round-robin's credit, the picker's to write. */
  turn: number;
}

/** `eligible`: how many of the members are, at least 1. Allocates nothing; never returns one that is not eligible. */
export type Picker = <C extends Candidate>(
  members: readonly C[],
  eligible: number,
  session: string,
  random: Random,
) => C | undefined;
