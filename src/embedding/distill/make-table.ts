// Vectors of pieces and of texts -> a table's rows: projected, weighted, fitted, and judged on texts that were not fitted on. Pure.
import { seededRandom } from '../../base/index.ts';
import type { PieceIndex } from '../wordpieces/piece-index.ts';
import { type CountedTexts, countRows } from './text-rows.ts';
import { fitRows } from './fit-rows.ts';
import { sifWeights } from './frequencies.ts';
import { meanOf, principalAxes, project } from './principal.ts';

export interface TableSources {
  readonly columns: number;
  readonly units: Uint16Array;
  readonly index: PieceIndex;
  /** By row of the index, its place in the vocabulary. */
  readonly places: Uint32Array;
  readonly vocabulary: readonly string[];
  /** rows x dimensions, in the index's order. */
  readonly pieceVectors: Float32Array;
  readonly texts: readonly string[];
  /** texts x dimensions: unit vectors. */
  readonly textVectors: Float32Array;
  readonly dimensions: number;
  readonly seed: number;
}

export interface FittedTable {
  /** rows x columns, weights included. */
  readonly rows: Float32Array;
  /** Mean cosine to the encoder's vectors in the table's space on texts held back, before the fit and after it. */
  readonly agreement: { readonly before: number; readonly after: number; readonly texts: number };
}

/** Every so many texts, one is held back. */
const HELD_BACK = 20;
/** Chosen by the agreement on a whole data set that was held back. Single texts held back prefer less, which learns the texts' domains. */
export const PULL = 1;

export function makeRows(sources: TableSources): FittedTable {
  const { columns, dimensions, units, index, places, vocabulary, pieceVectors, texts, textVectors } = sources;
  const projection = principalAxes(textVectors, dimensions, columns, seededRandom(sources.seed));
  const targets = project(textVectors, projection);
  toUnit(targets, columns);
  // Pieces alone are not spread around the mean of texts, but around their own.
  const start = project(pieceVectors, { ...projection, mean: meanOf(pieceVectors, dimensions) });
  toMeanLength(start, columns);

  const isHeldBack = (t: number): boolean => t % HELD_BACK === HELD_BACK - 1;
  const part = (keep: (t: number) => boolean): { counted: CountedTexts; vectors: Float32Array; length: number } => {
    const chosen = texts.flatMap((text, t) => (keep(t) ? [{ text, t }] : []));
    const vectors = new Float32Array(chosen.length * columns);
    for (const [i, { t }] of chosen.entries())
      vectors.set(targets.subarray(t * columns, (t + 1) * columns), i * columns);
    const counted = countRows(
      chosen.map(({ text }) => text),
      units,
      index,
      places.length,
    );
    return { counted, vectors, length: chosen.length };
  };
  const fitted = part((t) => !isHeldBack(t));
  const weights = sifWeights(fitted.counted.total, places, vocabulary);
  const moved = fitRows({ columns, start, targets: fitted.vectors, texts: fitted.counted, weights, lambda: PULL });

  const test = part(isHeldBack);
  const agreementOf = (rows: Float32Array): number => meanCosine(rows, test.counted, test.vectors, columns);
  const rows = weighted(moved, weights, columns);
  const before = agreementOf(weighted(start, weights, columns));
  return { rows, agreement: { before, after: agreementOf(rows), texts: test.length } };
}

function weighted(rows: Float32Array, weights: Float32Array, columns: number): Float32Array {
  return rows.map((value, i) => value * (weights[Math.floor(i / columns)] ?? 0));
}

function normOf(rows: Float32Array, at: number, columns: number): number {
  let squares = 0;
  for (let k = 0; k < columns; k++) squares += (rows[at + k] ?? 0) ** 2;
  return Math.sqrt(squares);
}

function toUnit(rows: Float32Array, columns: number): void {
  for (let at = 0; at < rows.length; at += columns) {
    const norm = normOf(rows, at, columns) || 1;
    for (let k = 0; k < columns; k++) rows[at + k] = (rows[at + k] ?? 0) / norm;
  }
}

/** So that the pull is as strong whatever the encoder's scale. */
function toMeanLength(rows: Float32Array, columns: number): void {
  let sum = 0;
  for (let at = 0; at < rows.length; at += columns) sum += normOf(rows, at, columns);
  const mean = (sum * columns) / rows.length || 1;
  for (let i = 0; i < rows.length; i++) rows[i] = (rows[i] ?? 0) / mean;
}

/** Texts without a piece are not counted. */
function meanCosine(
  rows: Float32Array,
  { starts, rows: ids, counts }: CountedTexts,
  targets: Float32Array,
  columns: number,
): number {
  let [sum, number] = [0, 0];
  const vector = new Float64Array(columns);
  for (let t = 0; t + 1 < starts.length; t++) {
    vector.fill(0);
    for (let i = starts[t] ?? 0; i < (starts[t + 1] ?? 0); i++) {
      const at = (ids[i] ?? 0) * columns;
      for (let k = 0; k < columns; k++) vector[k] = (vector[k] ?? 0) + (counts[i] ?? 0) * (rows[at + k] ?? 0);
    }
    const norm = Math.hypot(...vector);
    if (norm === 0) continue;
    let dot = 0;
    for (let k = 0; k < columns; k++) dot += (vector[k] ?? 0) * (targets[t * columns + k] ?? 0);
    sum += dot / norm;
    number++;
  }
  return number === 0 ? 0 : sum / number;
}
