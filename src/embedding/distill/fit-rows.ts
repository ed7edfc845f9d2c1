// Moves a table's rows so that the sums over texts come near the encoder's vectors: ridge regression towards where the rows were.

/** Texts as counts of rows: those of text t stand from `starts[t]` to before `starts[t + 1]`, each row once. */
export interface TextRows {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
  readonly counts: Float32Array;
}

export interface Fit {
  readonly columns: number;
  /** rows x columns. */
  readonly start: Float32Array;
  /** texts x columns: unit vectors. */
  readonly targets: Float32Array;
  readonly texts: TextRows;
  /** What a row weighs in a sum. */
  readonly weights: Float32Array;
  /** The pull towards the start; at 0 nothing keeps a row that few texts have. */
  readonly lambda: number;
}

const MOST_ROUNDS = 60;
/** Of the first residual, in length. */
const ENOUGH = 1e-4;

/**
 * Minimises |X E - Y|^2 + lambda |E - start|^2, where X sums the weighted rows of a text, divided by the length that this sum has with the
 * rows of the start. Conjugate gradients on the normal equations, all columns at a time, each with steps of its own.
 */
export function fitRows({ columns, start, targets, texts, weights, lambda }: Fit): Float32Array {
  const values = designOf(texts, weights, start, columns);
  const fitted = start.slice();
  const predicted = new Float32Array(targets.length);
  const residual = new Float32Array(start.length);
  const image = new Float32Array(start.length);

  apply(texts, values, start, predicted, columns, false);
  for (let i = 0; i < targets.length; i++) predicted[i] = (targets[i] ?? 0) - (predicted[i] ?? 0);
  apply(texts, values, predicted, residual, columns, true);
  const direction = residual.slice();
  let squares = columnDots(residual, residual, columns);
  const first = squares.slice();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    apply(texts, values, direction, predicted, columns, false);
    apply(texts, values, predicted, image, columns, true);
    for (let i = 0; i < image.length; i++) image[i] = (image[i] ?? 0) + lambda * (direction[i] ?? 0);
    const steps = quotients(squares, columnDots(direction, image, columns));
    addScaled(fitted, direction, steps);
    addScaled(
      residual,
      image,
      steps.map((step) => -step),
    );
    const next = columnDots(residual, residual, columns);
    if (next.every((value, k) => value <= ENOUGH ** 2 * (first[k] ?? 0))) break;
    const turns = quotients(next, squares);
    addTo(residual, direction, turns);
    squares = next;
  }
  return fitted;
}

/** The entries of X, in the order of `texts.rows`. */
function designOf(
  { starts, rows, counts }: TextRows,
  weights: Float32Array,
  start: Float32Array,
  columns: number,
): Float32Array {
  const values = new Float32Array(rows.length);
  const sum = new Float64Array(columns);
  for (let t = 0; t + 1 < starts.length; t++) {
    sum.fill(0);
    const [from, to] = [starts[t] ?? 0, starts[t + 1] ?? 0];
    for (let i = from; i < to; i++) {
      const value = (counts[i] ?? 0) * (weights[rows[i] ?? 0] ?? 0);
      values[i] = value;
      const row = (rows[i] ?? 0) * columns;
      for (let k = 0; k < columns; k++) sum[k] = (sum[k] ?? 0) + value * (start[row + k] ?? 0);
    }
    const norm = Math.hypot(...sum) || 1;
    for (let i = from; i < to; i++) values[i] = (values[i] ?? 0) / norm;
  }
  return values;
}

/** out = X from, or X^T from. */
function apply(
  { starts, rows }: TextRows,
  values: Float32Array,
  from: Float32Array,
  out: Float32Array,
  columns: number,
  isTransposed: boolean,
): void {
  out.fill(0);
  for (let t = 0; t + 1 < starts.length; t++) {
    const at = t * columns;
    for (let i = starts[t] ?? 0; i < (starts[t + 1] ?? 0); i++) {
      const value = values[i] ?? 0;
      const row = (rows[i] ?? 0) * columns;
      const [source, target] = isTransposed ? [at, row] : [row, at];
      for (let k = 0; k < columns; k++) out[target + k] = (out[target + k] ?? 0) + value * (from[source + k] ?? 0);
    }
  }
}

function columnDots(a: Float32Array, b: Float32Array, columns: number): Float64Array {
  const dots = new Float64Array(columns);
  for (let row = 0; row < a.length; row += columns) {
    for (let k = 0; k < columns; k++) dots[k] = (dots[k] ?? 0) + (a[row + k] ?? 0) * (b[row + k] ?? 0);
  }
  return dots;
}

/** to += from * factor, column by column. */
function addScaled(to: Float32Array, from: Float32Array, factors: Float64Array): void {
  const columns = factors.length;
  for (let row = 0; row < to.length; row += columns) {
    for (let k = 0; k < columns; k++) to[row + k] = (to[row + k] ?? 0) + (factors[k] ?? 0) * (from[row + k] ?? 0);
  }
}

/** to = from + to * factor, column by column. */
function addTo(from: Float32Array, to: Float32Array, factors: Float64Array): void {
  const columns = factors.length;
  for (let row = 0; row < to.length; row += columns) {
    for (let k = 0; k < columns; k++) to[row + k] = (from[row + k] ?? 0) + (factors[k] ?? 0) * (to[row + k] ?? 0);
  }
}

function quotients(above: Float64Array, below: Float64Array): Float64Array {
  return above.map((value, k) => ((below[k] ?? 0) > 0 ? value / (below[k] ?? 1) : 0));
}
