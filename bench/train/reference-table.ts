// A wordpiece table in the plain files that others keep theirs in -> the bytes of one of ours, so that both are read alike.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantise } from '../../src/embedding/distill/quantise.ts';
import { indexPieces } from '../../src/embedding/wordpieces/piece-index.ts';
import { unitMap } from '../../src/embedding/wordpieces/unit-map.ts';

/** `table.i8` (rows x dim), `vocab.txt`, `weights.f32` (one a row), `meta.json` (dim, a scale a column). */
export function readReferenceTable(folder: string): Uint8Array {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as {
    readonly dim: number;
    readonly scale: readonly number[];
  };
  const { dim: columns, scale } = meta;
  const vocabulary = readFileSync(join(folder, 'vocab.txt'), 'utf8').trimEnd().split('\n');
  const entries = readFileSync(join(folder, 'table.i8'));
  const weights = readFileSync(join(folder, 'weights.f32'));
  const units = unitMap({ lowercase: true, stripAccents: true });
  const { index, places } = indexPieces(vocabulary, units);
  const rows = new Float32Array(places.length * columns);
  for (const [row, place] of places.entries()) {
    const weight = weights.readFloatLE(4 * place);
    for (let k = 0; k < columns; k++)
      rows[row * columns + k] = entries.readInt8(place * columns + k) * (scale[k] ?? 0) * weight;
  }
  return quantise({ name: 'reference', columns, units, index, rows });
}
