// The grid: three sizes of body, plain and streamed answers, one connection and 64; and `streams`, which stands for itself.
import type { Answering, Cell } from './types.ts';

const SIZES: readonly (readonly [string, number])[] = [
  ['200b', 200],
  ['2k', 2_048],
  ['16k', 16_384],
];
const ANSWERINGS: readonly Answering[] = ['plain', 'sse'];
export const STREAMS = 'streams';

export const CELLS: readonly Cell[] = [1, 64].flatMap((connections) =>
  ANSWERINGS.flatMap((answering) =>
    SIZES.map(([size, bodyBytes]) => ({
      id: `${size}-${answering}-${connections}`,
      bodyBytes,
      answering,
      connections,
    })),
  ),
);

/** The ids (of cells, and `streams`) that one of the words is, begins or is a part of: `2k`, `2k-plain`, `-64`. Throws on a word that means none. */
export function selectCells(words: readonly string[]): { readonly cells: readonly Cell[]; readonly streams: boolean } {
  const ids = [...CELLS.map(({ id }) => id), STREAMS];
  const fits = (id: string, word: string): boolean => `-${id}-`.includes(`-${word.replaceAll(/^-|-$/g, '')}-`);
  for (const word of words) {
    if (!ids.some((id) => fits(id, word))) throw new Error(`no cell "${word}"; there are ${ids.join(', ')}`);
  }
  const chosen = (id: string): boolean => words.length === 0 || words.some((word) => fits(id, word));
  return { cells: CELLS.filter(({ id }) => chosen(id)), streams: chosen(STREAMS) };
}
