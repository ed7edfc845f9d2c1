// Trained heads -> the asset's int8 columns, one scale each: a column's largest weight becomes 127.
import { ROWS } from '../../src/embedding/index.ts';
import { widthOf } from '../../src/workload/classifier-asset.ts';
import { type Head, HEADS, HEADS_OF, type View } from '../../src/workload/heads.ts';
import type { ViewWeights } from '../../src/workload/linear-view.ts';
import { DENSE_SCALE } from './examples.ts';
import type { SoftmaxModel } from './softmax.ts';

export function quantise(models: Readonly<Record<Head, SoftmaxModel>>): Readonly<Record<View, ViewWeights>> {
  return { whole: quantiseView('whole', models), ends: quantiseView('ends', models) };
}

function quantiseView(view: View, models: Readonly<Record<Head, SoftmaxModel>>): ViewWeights {
  const columns = HEADS_OF[view].flatMap((head) => columnsOf(head, models[head]));
  const width = widthOf(view);
  const weights = new Int8Array(ROWS * width);
  const dense = new Int8Array((columns[0]?.dense.length ?? 0) * columns.length);
  return {
    scales: columns.map((column, k) => rounded(column.weights, weights, width, k)),
    biases: columns.map(({ bias }) => bias),
    denseScales: columns.map((column, k) => DENSE_SCALE * rounded(column.dense, dense, columns.length, k)),
    dense,
    weights,
  };
}

/** Writes a column into `table`, whose rows have `width` entries; returns its scale. */
function rounded(column: Float32Array, table: Int8Array, width: number, k: number): number {
  const scale = column.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-6) / 127;
  for (const [row, weight] of column.entries()) table[row * width + k] = Math.round(weight / scale);
  return scale;
}

interface Column {
  readonly weights: Float32Array;
  readonly dense: Float32Array;
  readonly bias: number;
}

/** A head of a single column keeps the second class's weights less the first's. */
function columnsOf(head: Head, { classes, weights, dense, biases }: SoftmaxModel): Column[] {
  const pick = (from: Float32Array, weightOf: (row: number) => number): Float32Array =>
    Float32Array.from({ length: from.length / classes }, (_, row) => weightOf(row * classes));
  if (HEADS[head].length > 1) {
    return HEADS[head].map((_, k) => ({
      weights: pick(weights, (base) => weights[base + k] ?? 0),
      dense: pick(dense, (base) => dense[base + k] ?? 0),
      bias: biases[k] ?? 0,
    }));
  }
  const margin = (from: Float32Array) => (base: number) => (from[base + 1] ?? 0) - (from[base] ?? 0);
  return [
    {
      weights: pick(weights, margin(weights)),
      dense: pick(dense, margin(dense)),
      bias: (biases[1] ?? 0) - (biases[0] ?? 0),
    },
  ];
}
