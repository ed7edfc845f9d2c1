// The phrase space of an encoder: cosines of its vectors, with ordinary prompts moved to the middle.
import { dot } from './dot.ts';
import type { PhraseSpace } from './phrase-space.ts';
import { fitWhitener } from './whitener.ts';

/**
 * Vectors are those of the engine that `fingerprint` names, one a phrase, `dimensions` long. Straightening a space of hundreds of
 * dimensions takes more ordinary vectors than are worth encoding: it costs banking77 a point, so they are centred alone.
 */
export function createDenseSpace(
  fingerprint: string,
  dimensions: number,
  phrases: readonly Float32Array[],
  ordinary: readonly Float32Array[],
): PhraseSpace<Float32Array> {
  const centre = fitWhitener(ordinary, dimensions, Infinity);
  const rows = new Float32Array(phrases.length * dimensions);
  for (const [i, vector] of phrases.entries()) {
    // A phrase without a vector stays at zero: nothing is near it.
    centre(vector, rows.subarray(i * dimensions, (i + 1) * dimensions));
  }
  const query = new Float32Array(dimensions);
  return {
    fingerprint,
    phrases: phrases.length,
    compare(vector, cosines) {
      if (!centre(vector, query)) return false;
      for (let i = 0; i < phrases.length; i++) cosines[i] = dot(rows, i * dimensions, query);
      return true;
    },
  };
}
