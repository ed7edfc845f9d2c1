// Tables for tests: of a given vocabulary with rows from a seed, or with a column of its own for each piece.
import { seededRandom } from '../../base/index.ts';
import { indexPieces } from './piece-index.ts';
import type { TableData } from './table-file.ts';
import { unitMap } from './unit-map.ts';

/** Fits 64 columns; words, parts of words of every length up to 7, punctuation, accents, other scripts and pairs of units. */
export const SMALL_VOCABULARY: readonly string[] = (
  '[UNK] [CLS] a b c ab abc abcd un able unable the thing x 1 12 1984 ' +
  '##a ##b ##ab ##abc ##able ##bel ##ie ##va ##bly ##s ##thing ##1 ##12 ' +
  ". , ! ( ) # ## ' 東 京 мир ##мир e é ##e ω 😀 ##😀 한"
).split(' ');

/** `columns` is a multiple of 64. */
export function tableOf(
  vocabulary: readonly string[],
  columns: number,
  seed: number | 'one-hot',
): TableData & { readonly pieces: readonly string[] } {
  const units = unitMap({ lowercase: true, stripAccents: true });
  const { index, places } = indexPieces(vocabulary, units);
  const pieces = Array.from(places, (place) => vocabulary[place] ?? '');
  const random = seededRandom(seed === 'one-hot' ? 0 : seed);
  const rows = Int8Array.from({ length: pieces.length * columns }, (_, i) => {
    if (seed !== 'one-hot') return Math.floor(random() * 255) - 127;
    return i % columns === Math.floor(i / columns) ? 1 : 0;
  });
  const scales = Float32Array.from({ length: columns }, () => 0.5 + random());
  return { name: 'test', columns, units, index, scales, rows, pieces };
}
