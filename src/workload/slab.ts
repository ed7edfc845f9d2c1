// Small arrays of numbers for one request each, cut from larger ones: an array of its own above 64 bytes costs a call of the system's
// allocator, and another of the garbage collector's, which together take twenty times as long.

const SLAB_BYTES = 16_384;

let slab = new ArrayBuffer(SLAB_BYTES);
let next = 0;

/** Where so many bytes are; few enough for a slab. */
function take(bytes: number): number {
  const aligned = (bytes + 7) & ~7;
  if (next + aligned > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    next = 0;
  }
  const start = next;
  next += aligned;
  return start;
}

/** Zeros, as those of `new Float32Array(length)`, but `buffer` is shared with others. */
export function singles(length: number): Float32Array {
  const start = take(4 * length);
  return new Float32Array(slab, start, length);
}

/** As `singles`. */
export function doubles(length: number): Float64Array {
  const start = take(8 * length);
  return new Float64Array(slab, start, length);
}
