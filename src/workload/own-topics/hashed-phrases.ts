// Phrases as hashed features weighed by how rare they are: a text is compared with all of them in one walk over its own features.
import { createStaticEmbedder } from '../../embedding/index.ts';

/** A feature that this share of the ordinary prompts has weighs 1 / sqrt(2) of one that none has. */
const COMMON_SHARE = 0.005;

export interface HashedPhrases {
  readonly fingerprint: string;
  /** Writes the cosine to every phrase, in [0, 1]; false for a text without features. */
  readonly compare: (text: string, cosines: Float64Array) => boolean;
}

export function hashPhrases(phrases: readonly string[], ordinary: readonly string[]): HashedPhrases {
  const embedder = createStaticEmbedder();
  const { dimensions, fingerprint } = embedder;
  const featuresOf = (text: string): Uint16Array => {
    const { indices, length } = embedder.embed(text);
    return indices.slice(0, length);
  };
  const weights = rarity(ordinary.map(featuresOf), dimensions);
  const lists = phrases.map(featuresOf);

  // By feature the phrases that have it, and its share in each phrase's vector.
  const starts = new Uint32Array(dimensions + 1);
  for (const list of lists) for (const feature of list) starts[feature + 1] = (starts[feature + 1] ?? 0) + 1;
  for (let feature = 0; feature < dimensions; feature++)
    starts[feature + 1] = (starts[feature + 1] ?? 0) + (starts[feature] ?? 0);
  const next = starts.slice();
  const owners = new Uint32Array(starts[dimensions] ?? 0);
  const shares = new Float64Array(owners.length);
  for (const [phrase, list] of lists.entries()) {
    const scale = 1 / Math.sqrt(squaresOf(list, weights));
    for (const feature of list) {
      const at = next[feature] ?? 0;
      next[feature] = at + 1;
      owners[at] = phrase;
      shares[at] = (weights[feature] ?? 0) * scale;
    }
  }

  return {
    fingerprint,
    compare(text, cosines) {
      const { indices, length } = embedder.embed(text);
      if (length === 0) return false;
      cosines.fill(0);
      let squares = 0;
      for (let i = 0; i < length; i++) {
        const feature = indices[i] ?? 0;
        const weight = weights[feature] ?? 0;
        squares += weight * weight;
        const end = starts[feature + 1] ?? 0;
        for (let at = starts[feature] ?? 0; at < end; at++) {
          const owner = owners[at] ?? 0;
          cosines[owner] = (cosines[owner] ?? 0) + weight * (shares[at] ?? 0);
        }
      }
      const scale = 1 / Math.sqrt(squares);
      for (let i = 0; i < cosines.length; i++) cosines[i] = (cosines[i] ?? 0) * scale;
      return true;
    },
  };
}

/** Weight by feature, in (0, 1]. */
function rarity(ordinary: readonly Uint16Array[], dimensions: number): Float32Array {
  const weights = new Float32Array(dimensions);
  for (const list of ordinary) for (const feature of list) weights[feature] = (weights[feature] ?? 0) + 1;
  const common = Math.max(1, ordinary.length * COMMON_SHARE);
  for (let i = 0; i < dimensions; i++) weights[i] = 1 / Math.sqrt(1 + (weights[i] ?? 0) / common);
  return weights;
}

function squaresOf(features: Uint16Array, weights: Float32Array): number {
  let squares = 0;
  for (const feature of features) squares += (weights[feature] ?? 0) ** 2;
  return squares;
}
