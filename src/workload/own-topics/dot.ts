// The scalar product that comparing dense vectors is made of.

/** `vector` with as many entries of `rows` from `start` on. Four sums, so that the processor need not wait for each addition. */
export function dot(rows: Float32Array, start: number, vector: Float32Array): number {
  const { length } = vector;
  const even = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
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
