// Reads a data set folder into distinct prompts with every arm's real score and cost.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Arm, DataSet, Row } from './types.ts';

const numbers = Type.Array(Type.Union([Type.Number(), Type.Null()]));
const metaShape = Compile(
  Type.Object({
    name: Type.String(),
    models: Type.Array(
      Type.Object({ name: Type.String(), usd_per_1m_in: Type.Number(), usd_per_1m_out: Type.Number() }),
    ),
    pool_default: Type.Array(Type.String(), { minItems: 2 }),
    cost_note: Type.Optional(Type.String()),
  }),
);
const rowShape = Compile(
  Type.Object({
    id: Type.String(),
    fold: Type.Integer(),
    category: Type.String(),
    prompt: Type.String(),
    score: numbers,
    cost: numbers,
  }),
);

/** Of equal prompts the first row of the whole file counts, as in the simulated servers' answer book: each prompt is sent once. */
export function loadDataSet(directory: string, folds: readonly number[]): DataSet {
  const meta = metaShape.Parse(JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8')));
  const columns = meta.pool_default.map((name) => meta.models.findIndex((model) => model.name === name));
  const arms = columns.map((column): Arm => {
    const model = meta.models[column];
    if (model === undefined) throw new Error(`${directory}: pool_default names a model that models[] lacks`);
    return {
      model: model.name,
      pool: poolName(model.name),
      inputPerMTok: model.usd_per_1m_in,
      outputPerMTok: model.usd_per_1m_out,
    };
  });
  const wanted = new Set(folds);
  const seen = new Set<string>();
  const rows: Row[] = [];
  let duplicates = 0;
  let incomplete = 0;
  for (const line of gunzipSync(readFileSync(join(directory, 'queries.jsonl.gz')))
    .toString('utf8')
    .split('\n')) {
    if (line === '') continue;
    const { id, fold, category, prompt, score, cost } = rowShape.Parse(JSON.parse(line));
    const known = seen.has(prompt.trim());
    seen.add(prompt.trim());
    if (!wanted.has(fold)) continue;
    const scores = columns.flatMap((column) => score[column] ?? []);
    const costs = columns.flatMap((column) => cost[column] ?? []);
    if (known) duplicates++;
    else if (scores.length < arms.length || costs.length < arms.length) incomplete++;
    else rows.push({ id, fold, category, prompt, score: scores, costUsd: costs });
  }
  const syntheticCost = meta.cost_note?.includes('SYNTHETIC') === true;
  return {
    name: meta.name,
    directory: resolve(directory),
    arms,
    rows,
    folds,
    duplicates,
    incomplete,
    syntheticCost,
  };
}

/** Pools are named in the policy's alphabet. */
function poolName(model: string): string {
  return model.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64);
}
