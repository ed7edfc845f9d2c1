// The phrase space that needs no model: hashed features weighed by how rare they are, beside a table's mean vector.
import type { WordpieceTable } from '../../embedding/index.ts';
import { dot } from './dot.ts';
import { hashPhrases } from './hashed-phrases.ts';
import type { Group, PhraseSpace } from './phrase-space.ts';
import { fitWhitener } from './whitener.ts';

/** What is used of a wordpiece table. */
export type DenseTable = Pick<WordpieceTable, 'fingerprint' | 'columns' | 'read'>;

/** The table's share of the cosine; the rest is the hashed features'. */
const TABLE_SHARE = 0.6;
/** In shares of the table's mean variance. */
const RIDGE = 1;

/**
 * Without a table, and where it knows no word of a text, the hashed features decide alone. The nearest phrase of a group is looked for
 * among the two with the nearest features, so that few dense products are needed: of all it would be the same to 0.2 points of accuracy.
 */
export function createStaticSpace(
  phrases: readonly string[],
  groups: readonly Group[],
  ordinary: readonly string[],
  table: DenseTable | undefined,
): PhraseSpace<string> {
  const hashed = hashPhrases(phrases, ordinary);
  const readDense = table === undefined ? () => false : denseReader(table, ordinary);
  const columns = table?.columns ?? 0;
  const rows = new Float64Array(phrases.length * columns);
  /** Of the hashed cosine: all where the table does not know the phrase. */
  const shares = Float64Array.from(phrases, (text, i) =>
    readDense(text, rows.subarray(i * columns, (i + 1) * columns)) ? 1 - TABLE_SHARE : 1,
  );
  const whole = new Float64Array(phrases.length).fill(1);
  const middles = new Float64Array(groups.length * columns);
  for (const [g, { start, end }] of groups.entries()) {
    for (let i = start * columns; i < end * columns; i++) {
      const at = g * columns + (i % columns);
      middles[at] = (middles[at] ?? 0) + (rows[i] ?? 0);
    }
  }
  const cosines = new Float64Array(phrases.length);
  const query = new Float64Array(columns);
  const both = (i: number): number =>
    (cosines[i] ?? 0) * (shares[i] ?? 0) + TABLE_SHARE * dot(rows, i * columns, query);

  return {
    fingerprint: `${hashed.fingerprint}+${table?.fingerprint ?? 'no table'}`,
    measure(text, { sums, nearest }, but) {
      if (!hashed.compare(text, cosines)) return false;
      const isDense = readDense(text, query);
      const factors = isDense ? shares : whole;
      for (let g = 0; g < groups.length; g++) {
        const { start, end } = groups[g] ?? { start: 0, end: 0 };
        let sum = 0;
        let first = -1;
        let second = -1;
        let highest = -1;
        let high = -1;
        for (let i = start; i < end; i++) {
          if (i === but) continue;
          const cosine = cosines[i] ?? 0;
          sum += cosine * (factors[i] ?? 0);
          if (cosine <= high) continue;
          if (cosine > highest) {
            second = first;
            high = highest;
            first = i;
            highest = cosine;
          } else {
            second = i;
            high = cosine;
          }
        }
        if (isDense && first >= 0) {
          sum += TABLE_SHARE * dot(middles, g * columns, query);
          if (but >= start && but < end) sum -= TABLE_SHARE * dot(rows, but * columns, query);
          nearest[g] = second < 0 ? both(first) : Math.max(both(first), both(second));
        } else {
          nearest[g] = highest;
        }
        sums[g] = sum;
      }
      return true;
    },
  };
}

function denseReader(table: DenseTable, ordinary: readonly string[]): (text: string, out: Float64Array) => boolean {
  // The table's vector is reused with its next call.
  const vectors = ordinary.map((text) => table.read(text).slice());
  const whiten = fitWhitener(vectors, table.columns, RIDGE);
  return (text, out) => whiten(table.read(text), out);
}
