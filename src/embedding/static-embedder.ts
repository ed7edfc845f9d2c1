// The embedder that needs no model: hashed words, pairs and prefixes, each counted once, for any script.
import { fnv1a } from '../base/index.ts';
import type { Embedder, SparseVector } from './embedder.ts';
import { FEATURES, hashFeatures, MAX_FEATURES } from './features.ts';

/** Covers every branch of the hashing: what it hashes to is part of the fingerprint. */
const PROBE = `Def f(x_1): return 3.14*x + "É" -- Straße, ΑΒΓ, мир; 東京 is 見る!  𝛼\ud800 ${'ab c '.repeat(2_000)} Last?`;
const FINGERPRINT = `static-words-16-${digestOf(PROBE)}`;

/**
 * Feature hashing (Weinberger et al., 2009) into 2^16 dimensions: a text's features all have the same value, 1 / sqrt(their number).
 * Not safe for re-entrance: the returned vector belongs to the instance.
 */
export function createStaticEmbedder(): Embedder {
  const vector: SparseVector = {
    dimensions: FEATURES,
    length: 0,
    indices: new Uint16Array(MAX_FEATURES),
    values: new Float32Array(MAX_FEATURES),
  };

  function embed(text: string): SparseVector {
    const length = hashFeatures(text, vector.indices);
    vector.length = length;
    vector.values.fill(length > 0 ? 1 / Math.sqrt(length) : 0, 0, length);
    return vector;
  }

  return { kind: 'static', dimensions: FEATURES, fingerprint: FINGERPRINT, embed };
}

function digestOf(text: string): string {
  const list = new Uint16Array(MAX_FEATURES);
  const length = hashFeatures(text, list);
  return fnv1a(list.subarray(0, length).join()).toString(16).padStart(8, '0');
}
