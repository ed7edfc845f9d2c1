// Thompson sampling at a small scale, as probabilities: the chance that each arm's draw is the largest, by quadrature.
import { normalCdf } from '../../base/index.ts';
import type { Explorer } from '../types.ts';

export interface ThompsonOptions {
  /** Factor on the standard deviations. 1 costs .03 of reward in replay against .35; too small locks in when the prior is wrong. */
  readonly scale: number;
  /** Share of requests spread evenly over all arms, so that every propensity is at least floor / arms. */
  readonly floor: number;
}

/** Each arm's own nodes, in its standard deviations: 21 even ones, and one on either side beyond which nothing is. */
const Z = [-8, ...Array.from({ length: 21 }, (_, i) => (i - 10) * 0.35), 8];

const CDF_AT_Z = Z.map(normalCdf);

/** A deviation of 0 would be a step; this share of the utilities' size is still told apart and shares ties evenly. */
const SMALLEST = 1e-9;

/** Less than a draw of 32 bits can tell: such an arm would be chosen by a draw of exactly 0, with an absurd propensity. */
const NEGLIGIBLE = 1e-10;

export function createThompson(options: ThompsonOptions): Explorer {
  return {
    kind: 'thompson',
    probabilities: (utility, sd) => {
      const chances = chancesOfBest(utility, sd, options.scale);
      const floor = options.floor / chances.length;
      for (let a = 0; a < chances.length; a++) chances[a] = (1 - options.floor) * (chances[a] ?? 0) + floor;
      return chances;
    },
  };
}

/**
 * P(arm a's draw is the largest) for independent normal draws: the integral of prod_b F_b dF_a over the union of every arm's
 * nodes, so that a narrow density next to a wide one is as well resolved as the wide one (within .01 of Monte Carlo on deviations over
 * six decades; one even grid of 64 nodes with each deviation widened to its step was off by .25, without that by .59). Within a cell F is taken as linear. The choice is then made
 * from these very numbers, so the logged propensity is exact.
 */
function chancesOfBest(utility: Float64Array, sd: Float64Array, scale: number): Float64Array {
  const count = utility.length;
  let size = 1;
  for (let a = 0; a < count; a++) size = Math.max(size, Math.abs(utility[a] ?? 0));
  const spread = new Float64Array(count);
  for (let a = 0; a < count; a++) spread[a] = Math.max(SMALLEST * size, scale * (sd[a] ?? 0));

  const chances = new Float64Array(count);
  const before = new Float64Array(count);
  const middle = new Float64Array(count);
  const step = new Float64Array(count);
  /** How many of each arm's nodes have been passed: they ascend, so merging them is sorting them, at a fifth of the time. */
  const passed = new Uint8Array(count);
  let total = 0;
  for (let left = count * Z.length; left >= 0; left--) {
    // The last node is infinity.
    let node = Infinity;
    let owner = -1;
    for (let a = 0; a < count; a++) {
      const next = (utility[a] ?? 0) + (Z[passed[a] ?? 0] ?? Infinity) * (spread[a] ?? 0);
      if (next < node) {
        node = next;
        owner = a;
      }
    }
    let allBelow = 1;
    for (let a = 0; a < count; a++) {
      const here = a === owner ? (CDF_AT_Z[passed[a] ?? 0] ?? 1) : cdf((node - (utility[a] ?? 0)) / (spread[a] ?? 1));
      const last = before[a] ?? 0;
      const mean = (here + last) / 2;
      step[a] = here - last;
      middle[a] = mean;
      before[a] = here;
      allBelow *= mean;
    }
    if (owner >= 0) passed[owner] = (passed[owner] ?? 0) + 1;
    if (allBelow === 0) continue;
    for (let a = 0; a < count; a++) {
      const chance = ((step[a] ?? 0) * allBelow) / (middle[a] ?? 1);
      chances[a] = (chances[a] ?? 0) + chance;
      total += chance;
    }
  }
  // A utility that is no number (a price that overflows): the policy's order decides.
  if (!(total > 0)) return chances.fill(0).fill(1, 0, 1);
  for (let a = 0; a < count; a++) {
    const chance = (chances[a] ?? 0) / total;
    chances[a] = chance < NEGLIGIBLE ? 0 : chance;
  }
  return chances;
}

/** Beyond so many deviations there is nothing that a double could tell from 0 or 1. */
const WIDEST = 8.5;
/** The nodes, 0.35 apart, stand on entries: arms that are equal stay so. */
const PER_DEVIATION = 100;
const CDF = Float64Array.from({ length: 2 * WIDEST * PER_DEVIATION + 2 }, (_, i) =>
  normalCdf(i / PER_DEVIATION - WIDEST),
);

/** Linear between the table's entries: within 5e-6, where the nodes are good to 1e-2. Two thirds of a decision were spent on exponentials. */
function cdf(z: number): number {
  if (!(z > -WIDEST)) return 0;
  if (z >= WIDEST) return 1;
  const at = (z + WIDEST) * PER_DEVIATION;
  const cell = Math.floor(at);
  const low = CDF[cell] as number;
  return low + (at - cell) * ((CDF[cell + 1] as number) - low);
}
