// How much a turn repeats earlier ones: the cosine of their sets of hashed features, so that a changed word or order counts little.
import { createStaticEmbedder } from '../embedding/index.ts';

const embedder = createStaticEmbedder();
/** UTF-16 units of each turn that are compared. */
const COMPARED_UNITS = 1_024;

/** The largest similarity of `text` to one of `earlier`, in [0, 1]: 1 for the same words, about 0.5 for the same question put otherwise. */
export function repetition(text: string, earlier: readonly string[]): number {
  if (earlier.length === 0) return 0;
  const own = featuresOf(text);
  if (own.size === 0) return 0;
  let best = 0;
  for (const other of earlier) {
    const { indices, length } = embedder.embed(other.slice(0, COMPARED_UNITS));
    if (length === 0) continue;
    let shared = 0;
    for (let i = 0; i < length; i++) if (own.has(indices[i] ?? 0)) shared++;
    best = Math.max(best, shared / Math.sqrt(own.size * length));
  }
  return best;
}

function featuresOf(text: string): ReadonlySet<number> {
  const { indices, length } = embedder.embed(text.slice(0, COMPARED_UNITS));
  return new Set(indices.subarray(0, length));
}
