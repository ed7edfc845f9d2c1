// The scalar product that comparing dense vectors is made of; in doubles, which JavaScript need not convert: two thirds of the time that floats take.

/** The entries of `vector` with those of `rows` from `start` on. Four sums, so that no addition waits for the one before; destructured they would take twice as long. */
export function dot(rows: Float64Array, start: number, vector: Float64Array): number {
  const { length } = vector;
  const even = length - (length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < even; i += 4) {
    const at = start + i;
    a += (rows[at] ?? 0) * (vector[i] ?? 0);
    b += (rows[at + 1] ?? 0) * (vector[i + 1] ?? 0);
    c += (rows[at + 2] ?? 0) * (vector[i + 2] ?? 0);
    d += (rows[at + 3] ?? 0) * (vector[i + 3] ?? 0);
  }
  for (let i = even; i < length; i++) a += (rows[start + i] ?? 0) * (vector[i] ?? 0);
  return a + b + (c + d);
}
