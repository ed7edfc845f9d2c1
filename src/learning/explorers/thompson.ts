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
  for (const u of utility) size = Math.max(size, Math.abs(u));
  const spread = Float64Array.from(sd, (s) => Math.max(SMALLEST * size, scale * s));
  const nodes = new Float64Array(count * Z.length + 1);
  for (let a = 0; a < count; a++) {
    for (let i = 0; i < Z.length; i++) nodes[a * Z.length + i] = (utility[a] ?? 0) + (Z[i] ?? 0) * (spread[a] ?? 0);
  }
  nodes[count * Z.length] = Infinity;
  nodes.sort();

  const chances = new Float64Array(count);
  const before = new Float64Array(count);
  const middle = new Float64Array(count);
  const step = new Float64Array(count);
  let total = 0;
  for (const node of nodes) {
    let allBelow = 1;
    for (let a = 0; a < count; a++) {
      const here = normalCdf((node - (utility[a] ?? 0)) / (spread[a] ?? 1));
      step[a] = here - (before[a] ?? 0);
      middle[a] = (here + (before[a] ?? 0)) / 2;
      before[a] = here;
      allBelow *= middle[a] ?? 0;
    }
    if (allBelow === 0) continue;
    for (let a = 0; a < count; a++) {
      const chance = ((step[a] ?? 0) * allBelow) / (middle[a] ?? 1);
      chances[a] = (chances[a] ?? 0) + chance;
      total += chance;
    }
  }
  // A utility that is no number (a price that overflows): the policy's order decides.
  if (!(total > 0)) return chances.fill(0).fill(1, 0, 1);
  return chances.map((chance) => (chance / total < NEGLIGIBLE ? 0 : chance / total));
}
