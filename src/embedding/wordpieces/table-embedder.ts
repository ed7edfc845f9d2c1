// The wordpiece table as a sentence embedder: what answers at once where no encoder is asked for, or none answers in time.
import type { Embedding, SentenceEmbedder } from '../sentence-embedder.ts';
import type { WordpieceTable } from './wordpiece-table.ts';

/** Never a promise. */
export interface TableEmbedder extends SentenceEmbedder {
  embed(text: string): Embedding;
}

export function createTableEmbedder(table: WordpieceTable): TableEmbedder {
  const { columns, fingerprint } = table;
  return {
    kind: 'static',
    dimensions: columns,
    fingerprint,
    embed(text) {
      const vector = table.read(text).slice();
      // A unit vector's entries are not all zero.
      const isKnown = vector.some((value) => value !== 0);
      return isKnown
        ? { kind: 'vector', vector, space: fingerprint }
        : { kind: 'absent', why: 'no word of the text is in the wordpiece table' };
    },
    close: () => Promise.resolve(),
  };
}
