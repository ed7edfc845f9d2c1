// How much a piece says: the less often it stands in texts, the more (SIF: Arora, Liang & Ma, 2017).

/** A piece of this probability weighs half of what one weighs that never occurs. */
const HALF_WEIGHT = 1e-3;
/** Of the vocabulary's own order, beside what was counted. */
const ORDER_SHARE = 0.5;

/**
 * By row. `counts`: how often each occurred in the texts; `places`: where each stands in the vocabulary, whose order tells how frequent a
 * piece is where it is not alphabetical.
 */
export function sifWeights(counts: Float64Array, places: Uint32Array, vocabulary: readonly string[]): Float32Array {
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const ranks = isByFrequency(counts, places) ? ranksOf(places, vocabulary) : new Map<number, number>();
  const harmonic = Math.log(ranks.size + 1);
  return Float32Array.from(counts, (count, row) => {
    const rank = ranks.get(row);
    // Zipf's law: the probability falls as 1 / rank.
    const byOrder = rank === undefined ? count / total : 1 / (rank * harmonic);
    const probability = ((1 - ORDER_SHARE) * count) / total + ORDER_SHARE * byOrder;
    return HALF_WEIGHT / (HALF_WEIGHT + probability);
  });
}

/** BERT's vocabulary is sorted by frequency, others by alphabet: the mean place of what is seen often tells. */
function isByFrequency(counts: Float64Array, places: Uint32Array): boolean {
  let [weighted, weight, plain] = [0, 0, 0];
  for (const [row, place] of places.entries()) {
    weighted += place * (counts[row] ?? 0);
    weight += counts[row] ?? 0;
    plain += place / places.length;
  }
  return weight > 0 && weighted / weight < plain / 2;
}

/** From 1, by row. Single characters stand at the start whatever their frequency, and have no rank. */
function ranksOf(places: Uint32Array, vocabulary: readonly string[]): Map<number, number> {
  const rows = Array.from(places, (place, row) => ({ place, row }))
    .filter(({ place }) => (vocabulary[place] ?? '').replace(/^##/, '').length > 1)
    .toSorted((a, b) => a.place - b.place);
  return new Map(rows.map(({ row }, i) => [row, i + 1]));
}
