// What the wordpiece table is worth: a linear classifier on its vectors, alone and beside hashed n-grams, next to a reference table.
import { basename } from 'node:path';
import { createStaticEmbedder, loadWordpieceTable, openWordpieceTable } from '../../src/embedding/index.ts';
import { readReferenceTable } from '../train/reference-table.ts';
import { toIndices } from '../train/softmax.ts';
import { type FeaturesOf, linearScore } from './linear.ts';
import { byFold, bySplit, shift, withFew } from './tasks.ts';
import { four, type PartOptions, type PartResult } from './types.ts';

type Dense = (text: string) => Float32Array;

/** Such that a vector alone does as well as it can; both tables are read with the same. */
const SETTINGS = { epochs: 12, learningRate: 2, decay: 0.02 } as const;
/** Squared length of the vector beside that of the hashed features, which is 1. */
const SHARE_OF_DENSE = 2;
const NO_FEATURES = new Uint16Array(0);

export function measureTable({ data, seed, reference, say }: PartOptions): PartResult {
  const hashed = createStaticEmbedder();
  const own = loadWordpieceTable();
  const tables: { readonly name: string; readonly dense: Dense }[] = [
    { name: own.fingerprint, dense: own.read },
    { name: `${own.fingerprint}, first 64 columns`, dense: firstColumns(own.read, 64) },
  ];
  if (reference !== undefined) {
    const other = openWordpieceTable(readReferenceTable(reference));
    tables.push({ name: basename(reference), dense: other.read });
  }
  const alone =
    (dense: Dense): FeaturesOf =>
    (text) => ({ indices: NO_FEATURES, dense: lengthened(dense(text)) });
  const beside =
    (dense: Dense): FeaturesOf =>
    (text) => ({
      indices: toIndices(hashed.embed(text)),
      dense: lengthened(dense(text)),
    });

  const banking = bySplit(data, 'banking77');
  const tasks = [
    byFold(data, 'mmlu_pro'),
    bySplit(data, 'clinc150'),
    banking,
    withFew(banking, 5),
    withFew(banking, 20),
    shift(data),
  ];
  const rows: object[] = [];
  const leads: number[] = [];
  for (const task of tasks) {
    say(`table: ${task.name}`);
    const found = tables.map(({ name, dense }) => {
      const [a, b] = [alone(dense), beside(dense)].map((features) =>
        linearScore(task, features, { ...SETTINGS, seed, isCalibrated: false }),
      );
      const [vector, both] = [a?.accuracy ?? 0, b?.accuracy ?? 0];
      const standardError = Math.sqrt((vector * (1 - vector)) / task.test.length);
      rows.push({
        task: task.name,
        test: task.test.length,
        table: name,
        alone: four(vector),
        withHashed: four(both),
        standardError: four(standardError),
        majority: four(a?.majority ?? 0),
      });
      return { alone: vector, withHashed: both };
    });
    const [ours, , theirs] = found;
    if (ours === undefined || theirs === undefined) continue;
    leads.push(
      ...(['alone', 'withHashed'] as const).map(
        (way) => (ours[way] - theirs[way]) / errorOfDifference(ours[way], theirs[way], task.test.length),
      ),
    );
  }
  return {
    tables: [{ title: 'A linear classifier on vectors of the wordpiece table', rows }],
    figures:
      leads.length === 0 ? {} : { 'least lead over the reference, in standard errors': four(Math.min(...leads)) },
  };
}

/** As if the two were tested on other texts: the texts are the same, so that the true error is smaller. */
function errorOfDifference(a: number, b: number, rows: number): number {
  return Math.sqrt((a * (1 - a) + b * (1 - b)) / rows);
}

function lengthened(vector: Float32Array): Float32Array {
  return vector.map((value) => value * Math.sqrt(SHARE_OF_DENSE));
}

/** A table's columns fall in what they say: its first ones are a table too. */
function firstColumns(read: Dense, columns: number): Dense {
  return (text) => {
    const cut = read(text).slice(0, columns);
    const norm = Math.hypot(...cut) || 1;
    return cut.map((value) => value / norm);
  };
}
