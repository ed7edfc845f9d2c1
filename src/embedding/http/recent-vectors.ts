// The vectors of the texts that were asked for last.

export interface RecentVectors {
  /** A copy: vectors are their callers' own. */
  readonly get: (key: string) => Float32Array | undefined;
  readonly set: (key: string, vector: Float32Array) => void;
}

export function createRecentVectors(size: number): RecentVectors {
  // A Map keeps the order of insertion: the first is the one that was longest not asked for.
  const vectors = new Map<string, Float32Array>();
  return {
    get: (key) => {
      const vector = vectors.get(key);
      if (vector === undefined) return undefined;
      vectors.delete(key);
      vectors.set(key, vector);
      return vector.slice();
    },
    set: (key, vector) => {
      if (size === 0) return;
      vectors.delete(key);
      vectors.set(key, vector.slice());
      const [oldest] = vectors.keys();
      if (vectors.size > size && oldest !== undefined) vectors.delete(oldest);
    },
  };
}
