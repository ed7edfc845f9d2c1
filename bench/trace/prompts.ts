// Real prompts with their tokens and, where the data has them, the scores of a cheap and of a good model.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { countTokens } from 'gpt-tokenizer';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { hashUniform } from '../../src/base/index.ts';

/** Folds 7-9 are for reporting how well something learns: nothing else may look at them. */
const LAST_FOLD = 6;
const MODELS = 2;

export interface Prompt {
  readonly text: string;
  /** LLM tokens: as the data set counts them, else by o200k. */
  readonly tokens: number;
  /** In [0, 1], aligned with the models. */
  readonly scores: readonly number[];
}

export interface Prompts {
  readonly name: string;
  /** The cheaper one first. */
  readonly models: readonly string[];
  readonly prompts: readonly Prompt[];
  /** False: the scores are made up. */
  readonly scored: boolean;
}

const metaShape = Compile(
  Type.Object({
    name: Type.String(),
    models: Type.Array(
      Type.Object({ name: Type.String(), usd_per_1m_in: Type.Number(), usd_per_1m_out: Type.Number() }),
    ),
    pool_default: Type.Array(Type.String(), { minItems: MODELS }),
  }),
);
const rowShape = Compile(
  Type.Object({
    fold: Type.Integer(),
    prompt: Type.String(),
    in_tok: Type.Number(),
    score: Type.Array(Type.Union([Type.Number(), Type.Null()])),
  }),
);
const textShape = Compile(Type.Object({ text: Type.String({ minLength: 1 }) }));

/** A data set folder (meta.json, queries.jsonl.gz), or a file of `{"text": ...}` lines packed with gzip. Distinct prompts. */
export function readPrompts(path: string): Prompts {
  return existsSync(join(path, 'meta.json')) ? dataSet(path) : texts(path);
}

function dataSet(directory: string): Prompts {
  const meta = metaShape.Parse(JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8')));
  const rows = linesOf(join(directory, 'queries.jsonl.gz'))
    .map((line) => rowShape.Parse(line))
    .filter(({ fold }) => fold <= LAST_FOLD);
  const arms = meta.pool_default.map((name) => {
    const column = meta.models.findIndex((model) => model.name === name);
    const price = meta.models[column];
    const total = rows.reduce((sum, row) => sum + (row.score[column] ?? 0), 0);
    return { name, column, price: (price?.usd_per_1m_in ?? 0) + (price?.usd_per_1m_out ?? 0), total };
  });
  const [cheap] = arms.toSorted((a, b) => a.price - b.price);
  const good = arms.filter((arm) => arm !== cheap).toSorted((a, b) => b.total - a.total)[0];
  if (cheap === undefined || good === undefined) throw new Error(`${directory}: two models are needed`);
  const prompts = rows.flatMap(({ prompt, in_tok, score }) => {
    const scores = [cheap, good].flatMap(({ column }) => score[column] ?? []);
    return scores.length === MODELS ? [{ text: prompt.trim(), tokens: in_tok, scores }] : [];
  });
  return { name: meta.name, models: [cheap.name, good.name], prompts: distinct(prompts), scored: true };
}

function texts(file: string): Prompts {
  const name = basename(file).replace(/\.jsonl(\.gz)?$/, '');
  const prompts = linesOf(file).map((line): Prompt => {
    const text = textShape.Parse(line).text.trim();
    const draw = hashUniform(1, 'score', name, text);
    return { text, tokens: countTokens(text), scores: [draw < 0.5 ? 1 : 0, draw < 0.7 ? 1 : 0] };
  });
  return { name, models: ['small', 'large'], prompts: distinct(prompts), scored: false };
}

function distinct(prompts: readonly Prompt[]): readonly Prompt[] {
  const byText = new Map(prompts.toReversed().map((prompt) => [prompt.text, prompt]));
  byText.delete('');
  return [...byText.values()];
}

function linesOf(file: string): readonly unknown[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
