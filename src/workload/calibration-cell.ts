// What one kind and model (or all of one of them) taught: sums that forget, and the factors solved from them now and then.
import { addObservation, createRidgeSums, scaleSums, solveRidge, type RidgeSums } from './ridge.ts';

export interface Cell {
  readonly kind: string;
  readonly model: string;
  readonly sums: RidgeSums;
  /** By which each feature's prior tokens are multiplied, as of the last solution. */
  readonly factors: Float64Array;
  /** Cells whose factors are believed before own reports say otherwise: the first that has seen anything. */
  leansOn: readonly Cell[];
  /** Observations since the last solution; Infinity: solve before use. */
  unsolved: number;
  /** Moving mean of the signed relative error: far from 0, the tokenizer has changed. */
  drift: number;
}

/** Memory of 200 requests. */
const KEEP = 0.995;
/** Observations that the belief counts as, per squared share; of the frame less, because servers differ most in what they put around a chat. */
const PULL = 0.2;
const FRAME_PULL = 0.02;
/** Until this many observations each one is solved for, then one in `SOLVE_EVERY`: a solution costs ten times an observation. */
const EAGER_WEIGHT = 24;
const SOLVE_EVERY = 8;
/** A report counts as at most this many times what was expected, or one part in so many: one odd report must not undo a hundred. */
const MAX_SURPRISE = 3;
const MIN_WEIGHT_FOR_SURPRISE = 8;
/** Share of the newest error in the drift, the drift that says that the tokenizer is another, and what is kept of the old one's sums. */
const DRIFT_RATE = 0.1;
const MAX_DRIFT = 0.12;
const KEEP_ON_CHANGE = 0.1;

export function createCell(kind: string, model: string, dimensions: number): Cell {
  return {
    kind,
    model,
    sums: createRidgeSums(dimensions),
    factors: new Float64Array(dimensions).fill(1),
    leansOn: [],
    unsolved: Infinity,
    drift: 0,
  };
}

/** `target` and `expected`: tokens, of the base estimate. */
export function observeCell(cell: Cell, shares: Float64Array, target: number, expected: number): void {
  const { sums } = cell;
  let heard = target;
  if (sums.weight >= MIN_WEIGHT_FOR_SURPRISE && expected > 0) {
    heard = Math.min(Math.max(target, expected / MAX_SURPRISE), expected * MAX_SURPRISE);
    cell.drift += DRIFT_RATE * (Math.log(heard / expected) - cell.drift);
    if (Math.abs(cell.drift) > MAX_DRIFT) {
      scaleSums(sums, KEEP_ON_CHANGE);
      cell.drift = 0;
    }
  }
  addObservation(sums, shares, heard, KEEP);
  cell.unsolved++;
}

/** Solves for the factors if enough has been seen since the last time. `base`: what is believed when nothing has been seen at all. */
export function refreshCell(cell: Cell, base: Float64Array): void {
  if (cell.unsolved === 0 || (cell.sums.weight > EAGER_WEIGHT && cell.unsolved < SOLVE_EVERY)) return;
  const believed = beliefOf(cell, base);
  if (cell.sums.weight === 0) cell.factors.set(believed);
  else solveRidge(cell.sums, pullOf(base.length), believed, cell.factors, scratchOf(base.length));
  // Without own reports it follows the others.
  cell.unsolved = cell.sums.weight === 0 ? Infinity : 0;
}

function beliefOf({ leansOn, sums }: Cell, base: Float64Array): Float64Array {
  for (const other of leansOn) {
    if (other.sums.weight === 0) continue;
    // With many reports of its own a cell hardly leans on others: as they were the last time will do.
    if (sums.weight <= EAGER_WEIGHT || other.unsolved === Infinity) refreshCell(other, base);
    return other.factors;
  }
  const last = leansOn.at(-1);
  return last === undefined ? base : beliefOf(last, base);
}

/** The first features: see `TOKEN_FEATURES`. */
export const FRAME_FEATURES = 2;

let pull = new Float64Array(0);
let scratch = new Float64Array(0);

function pullOf(dimensions: number): Float64Array {
  if (pull.length !== dimensions) pull = new Float64Array(dimensions).fill(PULL).fill(FRAME_PULL, 0, FRAME_FEATURES);
  return pull;
}

function scratchOf(dimensions: number): Float64Array {
  if (scratch.length !== dimensions ** 2) scratch = new Float64Array(dimensions ** 2);
  return scratch;
}
