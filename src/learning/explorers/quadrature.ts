// The chance of each of several independent normal variables to be the largest.
import { normalCdf } from '../../base/index.ts';

/** Each variable's own nodes, so many and so many of its deviations apart. */
const NODES = 11;
const APART = 0.6;

/** Below so many deviations under a mean all others can be as they like: that one is above them, but for one time in 75,000. */
const REACH = 4.2;

/** What is known of each variable on the way up; used again by every call. */
function createRoom(size: number) {
  const numbers = (): Float64Array => new Float64Array(size);
  return {
    size,
    perDeviation: numbers(),
    step: numbers(),
    next: numbers(),
    nodesLeft: new Int32Array(size),
    before: numbers(),
    here: numbers(),
  };
}

let room = createRoom(8);

/**
 * Writes P(variable a is the largest) into `chances`, for the first `count` of each array; deviations are above 0, chances sum to 1.
 *
 * The integral of prod_b F_b dF_a over the union of every variable's nodes, so that a narrow density next to a wide one is as well
 * resolved as the wide one; within a cell F is taken as linear. Within .003 of a grid of 1,600 nodes a variable, on deviations over six
 * decades; three times as many nodes here would bring that to .0005.
 */
export function chancesOfLargest(
  count: number,
  mean: Float64Array,
  deviation: Float64Array,
  chances: Float64Array,
): void {
  if (count > room.size) room = createRoom(count);
  const { perDeviation, step, next, nodesLeft, before, here } = room;
  let low = -Infinity;
  let high = -Infinity;
  // Every index is in bounds by construction.
  for (let a = 0; a < count; a++) {
    const reach = REACH * (deviation[a] as number);
    low = Math.max(low, (mean[a] as number) - reach);
    high = Math.max(high, (mean[a] as number) + reach);
  }
  for (let a = 0; a < count; a++) {
    const apart = APART * (deviation[a] as number);
    const first = (mean[a] as number) - ((NODES - 1) / 2) * apart;
    const below = Math.max(0, Math.ceil((low - first) / apart));
    step[a] = apart;
    next[a] = below < NODES ? first + below * apart : Infinity;
    nodesLeft[a] = NODES - below;
    perDeviation[a] = 1 / (deviation[a] as number);
    before[a] = cdf((low - (mean[a] as number)) * (perDeviation[a] as number));
    chances[a] = 0;
  }
  let total = 0;
  for (let node = low; node < high;) {
    let owner = 0;
    for (let a = 1; a < count; a++) if ((next[a] as number) < (next[owner] as number)) owner = a;
    node = Math.min(next[owner] as number, high);
    nodesLeft[owner] = (nodesLeft[owner] as number) - 1;
    next[owner] = (nodesLeft[owner] as number) > 0 ? (next[owner] as number) + (step[owner] as number) : Infinity;
    // Twice the mean of each F in the cell: the factors of two go when the chances are made to sum to 1.
    let allBelow = 1;
    for (let a = 0; a < count; a++) {
      const f = cdf((node - (mean[a] as number)) * (perDeviation[a] as number));
      here[a] = f;
      allBelow *= f + (before[a] as number);
    }
    for (let a = 0; a < count; a++) {
      const f = here[a] as number;
      const last = before[a] as number;
      const chance = f > last ? ((f - last) * allBelow) / (f + last) : 0;
      chances[a] = (chances[a] as number) + chance;
      total += chance;
      before[a] = f;
    }
  }
  for (let a = 0; a < count; a++) chances[a] = (chances[a] as number) / total;
}

/** Beyond so many deviations there is nothing that a double could tell from 0 or 1. */
const WIDEST = 8.5;
/** The nodes, 0.6 apart, stand on entries: variables that are equal stay so. */
const PER_DEVIATION = 100;
const CDF = Float64Array.from({ length: 2 * WIDEST * PER_DEVIATION + 2 }, (_, i) =>
  normalCdf(i / PER_DEVIATION - WIDEST),
);

/** Linear between the table's entries: within 5e-6. Two thirds of a decision were spent on exponentials. */
function cdf(z: number): number {
  if (!(z > -WIDEST)) return 0;
  if (z >= WIDEST) return 1;
  const at = (z + WIDEST) * PER_DEVIATION;
  const cell = Math.trunc(at);
  const low = CDF[cell] as number;
  return low + (at - cell) * ((CDF[cell + 1] as number) - low);
}
