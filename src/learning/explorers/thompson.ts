// Thompson sampling at a small scale, as probabilities: the chance that each arm's draw is the largest, by quadrature.
import { normalCdf } from '../../base/index.ts';
import type { Explorer } from '../types.ts';

export interface ThompsonOptions {
  /** Factor on the standard deviations. 1 costs .03 of reward in replay against .35; too small locks in when the prior is wrong. */
  readonly scale: number;
  /** Share of requests spread evenly over all arms, so that every propensity is at least floor / arms. */
  readonly floor: number;
}

const NODES = 64;
/** Beyond this many standard deviations a draw is not looked for. */
const REACH = 4;

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

/** P(arm a's draw is the largest) for independent normal draws; the choice is then made from these very numbers, so the logged propensity is exact. */
function chancesOfBest(utility: Float64Array, sd: Float64Array, scale: number): Float64Array {
  const count = utility.length;
  const chances = new Float64Array(count);
  if (count === 1) {
    chances[0] = 1;
    return chances;
  }
  let low = -Infinity;
  let high = -Infinity;
  for (let a = 0; a < count; a++) {
    const spread = REACH * scale * (sd[a] ?? 0);
    low = Math.max(low, (utility[a] ?? 0) - spread);
    high = Math.max(high, (utility[a] ?? 0) + spread);
  }
  if (high - low < 1e-9) {
    // No uncertainty: the best, ties shared.
    let best = 0;
    for (let a = 0; a < count; a++) if ((utility[a] ?? 0) >= high - 1e-9) best++;
    for (let a = 0; a < count; a++) chances[a] = (utility[a] ?? 0) >= high - 1e-9 ? 1 / best : 0;
    return chances;
  }
  const step = (high - low) / (NODES - 1);
  const below = new Float64Array(count);
  let total = 0;
  for (let node = 0; node < NODES; node++) {
    const at = low + node * step;
    let allBelow = 1;
    for (let a = 0; a < count; a++) {
      // A density narrower than the grid would fall between its nodes: widen it to one step.
      const s = Math.max(step, scale * (sd[a] ?? 0));
      below[a] = Math.max(1e-300, normalCdf((at - (utility[a] ?? 0)) / s));
      allBelow *= below[a] ?? 1;
    }
    for (let a = 0; a < count; a++) {
      const s = Math.max(step, scale * (sd[a] ?? 0));
      const z = (at - (utility[a] ?? 0)) / s;
      const chance = (Math.exp(-0.5 * z * z) / s) * (allBelow / (below[a] ?? 1));
      chances[a] = (chances[a] ?? 0) + chance;
      total += chance;
    }
  }
  if (!(total > 0)) {
    let best = 0;
    for (let a = 1; a < count; a++) if ((utility[a] ?? 0) > (utility[best] ?? 0)) best = a;
    chances.fill(0);
    chances[best] = 1;
    return chances;
  }
  for (let a = 0; a < count; a++) chances[a] = (chances[a] ?? 0) / total;
  return chances;
}
