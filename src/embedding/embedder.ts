// The contract every embedding engine meets: a text in, a sparse unit vector out, and a fingerprint that names the recipe.

/**
 * A sparse vector with unit L2 norm. Only the first `length` entries of `indices` and `values` are valid; each index
 * stands there at most once, in no particular order. A text without any feature has `length` 0.
 */
export interface SparseVector {
  readonly dimensions: number;
  length: number;
  readonly indices: Uint16Array;
  readonly values: Float32Array;
}

export interface Embedder {
  readonly kind: string;
  readonly dimensions: number;
  /** Changes whenever the same text may give another vector: what was trained on one fingerprint is void on another. */
  readonly fingerprint: string;
  /** Never throws. The returned vector is reused: it is valid until the next call. */
  embed(text: string): SparseVector;
}
