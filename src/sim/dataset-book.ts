// An answer book from a recorded data set: per question and model the score and size of the real answer, not its text.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AnswerBook, BookAnswer } from './answer-book.ts';
import { simErrors } from './errors.ts';
import { fillerWords } from './filler.ts';

const unzip = promisify(gunzip);
const NullableNumbers = Type.Array(Type.Union([Type.Number(), Type.Null()]));

const Meta = Type.Object({
  name: Type.String({ minLength: 1 }),
  models: Type.Array(
    Type.Object({ name: Type.String(), usd_per_1m_in: Type.Number(), usd_per_1m_out: Type.Number() }),
    { minItems: 1 },
  ),
});
const Row = Type.Object({
  id: Type.String(),
  prompt: Type.String(),
  in_tok: Type.Number({ minimum: 0 }),
  score: NullableNumbers,
  out_tok: Type.Optional(Type.Union([NullableNumbers, Type.Null()])),
  cost: NullableNumbers,
});
type Row = Static<typeof Row>;
type ModelMeta = Static<typeof Meta>['models'][number];
const metaCheck = Compile(Meta);
const rowCheck = Compile(Row);

/** Data sets without counts have costs made of tokens times list prices (USD per million): solve for the answer's tokens. */
function outputTokensOf(row: Row, index: number, model: ModelMeta): number {
  const counted = row.out_tok?.[index];
  if (typeof counted === 'number') return Math.max(1, Math.round(counted));
  const costUsd = row.cost[index];
  if (typeof costUsd !== 'number' || model.usd_per_1m_out <= 0) return 1;
  const tokens = (costUsd * 1e6 - row.in_tok * model.usd_per_1m_in) / model.usd_per_1m_out;
  return Math.max(1, Math.round(tokens));
}

function verdictOf(score: number): string {
  if (score >= 1) return 'Verdict: right';
  return score <= 0 ? 'Verdict: wrong' : `Verdict: partial ${Number(score.toFixed(4))}`;
}

/** The data set has no text, so the answer says what it stands for: `[set/id] filler… Verdict: right`. */
function textOf(name: string, row: Row, score: number, outputTokens: number): string {
  const head = `[${name}/${row.id}]`;
  const verdict = verdictOf(score);
  const fill = fillerWords(outputTokens - `${head} ${verdict}`.split(/\s+/u).length);
  return [head, fill, verdict].filter((part) => part !== '').join(' ');
}

function parseJson(directory: string, where: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw simErrors.bookMalformed.with({ cause }, directory, `${where} is not JSON`);
  }
}

async function readPart(directory: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, file));
  } catch (cause) {
    throw simErrors.bookAbsent.with({ cause }, directory, file);
  }
}

function parseRow(directory: string, line: string, number: number, modelCount: number): Row {
  const where = `queries.jsonl.gz line ${number}`;
  const row = parseJson(directory, where, line);
  if (!rowCheck.Check(row)) {
    const [error] = rowCheck.Errors(row);
    throw simErrors.bookMalformed(
      directory,
      `${where}${error?.instancePath ?? ''} ${error?.message ?? 'is not a row'}`,
    );
  }
  for (const column of [row.score, row.cost, row.out_tok ?? row.cost]) {
    if (column.length !== modelCount) {
      throw simErrors.bookMalformed(directory, `${where} has ${column.length} columns for ${modelCount} models`);
    }
  }
  return row;
}

/**
 * Reads a data set folder: `meta.json` (name, models with USD per million tokens) and `queries.jsonl.gz` (id, prompt, in_tok and,
 * aligned with the models, score 0..1, out_tok, cost in USD; null = missing). Of equal prompts the first row counts.
 * Throws SLUICE_SIM_BOOK_ABSENT or SLUICE_SIM_BOOK_MALFORMED, naming the folder.
 */
export async function loadAnswerBook(directory: string): Promise<AnswerBook> {
  // One after the other, so that a folder that lacks both always gets the same message.
  const metaBytes = await readPart(directory, 'meta.json');
  const packed = await readPart(directory, 'queries.jsonl.gz');
  const meta = parseJson(directory, 'meta.json', metaBytes.toString('utf8'));
  if (!metaCheck.Check(meta)) {
    const [error] = metaCheck.Errors(meta);
    throw simErrors.bookMalformed(directory, `meta.json${error?.instancePath ?? ''} ${error?.message ?? ''}`);
  }
  const lines = await unzip(packed).catch((cause: unknown) => {
    throw simErrors.bookMalformed.with({ cause }, directory, 'queries.jsonl.gz is not gzip');
  });
  const rows = new Map<string, Row>();
  for (const [i, line] of lines.toString('utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    const row = parseRow(directory, line, i + 1, meta.models.length);
    const key = row.prompt.trim();
    if (!rows.has(key)) rows.set(key, row);
  }
  if (rows.size === 0) throw simErrors.bookMalformed(directory, 'queries.jsonl.gz has no rows');
  const columns = new Map(meta.models.map((model, index) => [model.name, { model, index }]));

  return {
    models: meta.models.map((model) => model.name),
    size: rows.size,
    find(prompt, modelName): BookAnswer | undefined {
      const row = rows.get(prompt.trim());
      const column = columns.get(modelName);
      if (row === undefined || column === undefined) return undefined;
      const score = row.score[column.index];
      if (typeof score !== 'number') return undefined;
      const outputTokens = outputTokensOf(row, column.index, column.model);
      const text = textOf(meta.name, row, score, outputTokens);
      return { id: row.id, score, text, outputTokens, inputTokens: row.in_tok };
    },
  };
}
