// The phrase space of an encoder: cosines of its vectors, with ordinary prompts moved to the middle.
import { dot } from './dot.ts';
import type { Group, PhraseSpace } from './phrase-space.ts';
import { fitWhitener } from './whitener.ts';

/**
 * Vectors are those of the engine that `fingerprint` names, one a phrase, `dimensions` long. Straightening a space of hundreds of
 * dimensions takes more ordinary vectors than are worth encoding (it costs banking77 a point): they are centred alone.
 */
export function createDenseSpace(
  { fingerprint, dimensions }: { readonly fingerprint: string; readonly dimensions: number },
  phrases: readonly Float32Array[],
  groups: readonly Group[],
  ordinary: readonly Float32Array[],
): PhraseSpace<Float32Array> {
  const centre = fitWhitener(ordinary, dimensions, Infinity);
  const rows = new Float64Array(phrases.length * dimensions);
  for (const [i, vector] of phrases.entries()) centre(vector, rows.subarray(i * dimensions, (i + 1) * dimensions));
  const query = new Float64Array(dimensions);
  return {
    fingerprint,
    measure(vector, { sums, nearest }, but) {
      if (!centre(vector, query)) return false;
      for (const [g, { start, end }] of groups.entries()) {
        let sum = 0;
        let best = -1;
        for (let i = start; i < end; i++) {
          if (i === but) continue;
          const cosine = dot(rows, i * dimensions, query);
          sum += cosine;
          if (cosine > best) best = cosine;
        }
        sums[g] = sum;
        nearest[g] = best;
      }
      return true;
    },
  };
}
