// The vectors of phrases, one after the other, from an encoder that may be busy or gone.
import type { SentenceEmbedder } from '../../embedding/index.ts';

/** An encoder that is warming up or busy with requests answers one of the next times: its deadline may be close to what a phrase takes. */
const TRIES = 10;

/** Vectors of phrases that were read before, by embedder: policies change more often than their phrases. */
const kept = new WeakMap<SentenceEmbedder, ReadonlyMap<string, Float32Array>>();

/** All vectors in the phrases' order, or why one is missing. Never rejects. */
export async function readPhrases(
  encoder: SentenceEmbedder,
  phrases: readonly string[],
): Promise<
  | { readonly kind: 'vectors'; readonly vectors: readonly Float32Array[] }
  | { readonly kind: 'absent'; readonly why: string }
> {
  const before = kept.get(encoder);
  const now = new Map<string, Float32Array>();
  const vectors: Float32Array[] = [];
  for (const phrase of phrases) {
    let vector = now.get(phrase) ?? before?.get(phrase);
    let why = '';
    for (let i = 0; i < TRIES && vector === undefined; i++) {
      const embedding = await encoder.embed(phrase);
      if (embedding.kind === 'absent') ({ why } = embedding);
      else if (embedding.vector.length !== encoder.dimensions || !embedding.vector.every(Number.isFinite))
        why = `a vector that is not of ${encoder.dimensions} numbers`;
      else ({ vector } = embedding);
    }
    if (vector === undefined) {
      // Whoever tries again goes on from here.
      kept.set(encoder, new Map([...(before ?? []), ...now]));
      return { kind: 'absent', why };
    }
    now.set(phrase, vector);
    vectors.push(vector);
  }
  kept.set(encoder, now);
  return { kind: 'vectors', vectors };
}
