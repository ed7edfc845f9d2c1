// The phrase space that needs no model: hashed features weighed by how rare they are, beside a table's mean vector.
import { createStaticEmbedder } from '../../embedding/index.ts';
import { dot } from './dot.ts';
import type { PhraseSpace } from './phrase-space.ts';
import { fitWhitener } from './whitener.ts';

/** A wordpiece table: `read` gives a unit vector (zero where it knows no word), reused with the next call. */
export interface DenseTable {
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly read: (text: string) => Float32Array;
}

/** The table's share of the cosine; the rest is the hashed features'. */
const TABLE_SHARE = 0.6;
/** In shares of the table's mean variance. */
const RIDGE = 1;
/** A feature that this share of the ordinary prompts has weighs 1 / sqrt(2) of one that none has. */
const COMMON_SHARE = 0.005;

/** Without a table the hashed features decide alone. */
export function createStaticSpace(
  phrases: readonly string[],
  ordinary: readonly string[],
  table: DenseTable | undefined,
): PhraseSpace<string> {
  const embedder = createStaticEmbedder();
  const dimensions = table?.dimensions ?? 0;
  const weights = rarity(ordinary, embedder);
  const whiten =
    table === undefined
      ? () => false
      : fitWhitener(
          ordinary.map((text) => table.read(text).slice()),
          dimensions,
          RIDGE,
        );
  const query = new Float32Array(dimensions);
  const readTable = (text: string, out: Float32Array): boolean => table !== undefined && whiten(table.read(text), out);
  const rows = new Float32Array(phrases.length * dimensions);
  const isKnown = phrases.map((text, i) => readTable(text, rows.subarray(i * dimensions, (i + 1) * dimensions)));
  const postings = createPostings(phrases, embedder, weights);

  return {
    fingerprint: `${embedder.fingerprint}+${table?.fingerprint ?? 'none'}`,
    phrases: phrases.length,
    compare(text, cosines) {
      const known = readTable(text, query);
      if (!postings.compare(text, cosines)) return false;
      if (!known) return true;
      for (let i = 0; i < phrases.length; i++) {
        if (isKnown[i] !== true) continue;
        const hashed = cosines[i] ?? 0;
        cosines[i] = hashed + TABLE_SHARE * (dot(rows, i * dimensions, query) - hashed);
      }
      return true;
    },
  };
}

type StaticEmbedder = ReturnType<typeof createStaticEmbedder>;

/** Weight by feature. */
function rarity(ordinary: readonly string[], embedder: StaticEmbedder): Float32Array {
  const counts = new Uint16Array(embedder.dimensions);
  for (const text of ordinary) {
    const { indices, length } = embedder.embed(text);
    for (let i = 0; i < length; i++) counts[indices[i] ?? 0] = (counts[indices[i] ?? 0] ?? 0) + 1;
  }
  const common = Math.max(1, ordinary.length * COMMON_SHARE);
  return Float32Array.from(counts, (count) => 1 / Math.sqrt(1 + count / common));
}

/** By feature the phrases that have it: a text is compared with all phrases in one walk over its features. */
function createPostings(phrases: readonly string[], embedder: StaticEmbedder, weights: Float32Array) {
  const lists = new Map<number, { phrase: number; weight: number }[]>();
  for (const [phrase, text] of phrases.entries()) {
    const { indices, length } = embedder.embed(text);
    const norm = Math.sqrt(squaresOf(indices, length, weights));
    for (let i = 0; i < length; i++) {
      const feature = indices[i] ?? 0;
      const list = lists.get(feature) ?? [];
      list.push({ phrase, weight: (weights[feature] ?? 0) / norm });
      lists.set(feature, list);
    }
  }
  const starts = new Uint32Array(embedder.dimensions + 1);
  for (let feature = 0; feature < embedder.dimensions; feature++)
    starts[feature + 1] = (starts[feature] ?? 0) + (lists.get(feature)?.length ?? 0);
  const flat = [...lists].toSorted(([a], [b]) => a - b).flatMap(([, list]) => list);
  const owners = Uint16Array.from(flat, ({ phrase }) => phrase);
  const shares = Float32Array.from(flat, ({ weight }) => weight);

  function compare(text: string, cosines: Float64Array): boolean {
    const { indices, length } = embedder.embed(text);
    if (length === 0) return false;
    cosines.fill(0, 0, phrases.length);
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
    for (let i = 0; i < phrases.length; i++) cosines[i] = (cosines[i] ?? 0) * scale;
    return true;
  }
  return { compare };
}

function squaresOf(indices: Uint16Array, length: number, weights: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < length; i++) squares += (weights[indices[i] ?? 0] ?? 0) ** 2;
  return squares;
}
