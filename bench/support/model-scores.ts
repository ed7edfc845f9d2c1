// Reads a data set of prompts with the score, length and cost of many models' answers to each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const Meta = Type.Object({
  name: Type.String(),
  source: Type.String(),
  commit: Type.String(),
  path: Type.String(),
  licence: Type.String(),
  score_def: Type.String(),
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      usd_per_1m_in: Type.Number(),
      usd_per_1m_out: Type.Number(),
      /** Begins with A where the price is assumed. */
      price_source: Type.String(),
    }),
  ),
  pool_default: Type.Array(Type.String(), { minItems: 2 }),
  cost_note: Type.Optional(Type.String()),
});
const perModel = Type.Array(Type.Union([Type.Number(), Type.Null()]));
const Row = Type.Object({
  id: Type.String(),
  fold: Type.Integer(),
  category: Type.String(),
  prompt: Type.String(),
  /** Of 0..1, null where a model has none. */
  score: perModel,
  /** null: the source does not say. */
  out_tok: Type.Union([perModel, Type.Null()]),
  /** US dollars of the call. */
  cost: perModel,
});
const metaShape = Compile(Meta);
const rowShape = Compile(Row);

export type ScoreRow = Static<typeof Row>;

export interface ModelScores {
  readonly meta: Static<typeof Meta>;
  readonly rows: readonly ScoreRow[];
  /** Columns of the rows' arrays, of the models that are to be chosen among. */
  readonly pool: readonly number[];
}

export const TRAIN_FOLDS: readonly number[] = [0, 1, 2, 3, 4, 5, 6];
/** Of the training folds those that are held back in turn, to choose by. */
export const HELD_BACK_FOLDS: readonly number[] = [4, 5, 6];
/** For reporting alone. */
export const TEST_FOLDS: readonly number[] = [7, 8, 9];

/** Throws what `fs` throws, and of files of another shape. */
export function loadModelScores(directory: string): ModelScores {
  const meta = metaShape.Parse(JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8')));
  const lines = gunzipSync(readFileSync(join(directory, 'queries.jsonl.gz')))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  const pool = meta.pool_default.map((name) => meta.models.findIndex((model) => model.name === name));
  if (pool.includes(-1)) throw new Error(`${directory}: pool_default names a model that models[] lacks`);
  return { meta, pool, rows: lines.map((line) => rowShape.Parse(JSON.parse(line))) };
}
