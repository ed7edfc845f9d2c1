// Answer books from data sets: scores, sizes and verdicts of the rows, and clear errors for folders that are not data sets.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookAs } from './answer-book.ts';
import { loadAnswerBook } from './dataset-book.ts';

const META = {
  name: 'tiny',
  models: [
    { name: 'good', usd_per_1m_in: 2, usd_per_1m_out: 4 },
    { name: 'bad', usd_per_1m_in: 1, usd_per_1m_out: 1 },
  ],
};
const ROWS = [
  { id: 'q-0', prompt: '  What is 2+2?\n', in_tok: 10, score: [1, 0], out_tok: [12, 1], cost: [0.000068, 0.000011] },
  // No counts: (100 * 2 + 30 * 4) / 1e6 and less than the input's price.
  { id: 'q-1', prompt: 'Name a river.', in_tok: 100, score: [0.82, null], out_tok: null, cost: [0.00032, 0.00005] },
  { id: 'q-2', prompt: 'What is 2+2?', in_tok: 10, score: [0, 1], out_tok: null, cost: [0, 0] },
  { id: 'q-3', prompt: 'Cheap', in_tok: 100, score: [0, 0.5], out_tok: null, cost: [0.0001, 0.0001] },
];

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-book-'));
});
afterAll(() => rm(root, { recursive: true }));

async function folder(meta: string | undefined, rows: Buffer | string | undefined): Promise<string> {
  const directory = await mkdtemp(join(root, 'set-'));
  if (meta !== undefined) await writeFile(join(directory, 'meta.json'), meta);
  const packed = typeof rows === 'string' ? gzipSync(rows) : rows;
  if (packed !== undefined) await writeFile(join(directory, 'queries.jsonl.gz'), packed);
  return directory;
}
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const tiny = async () => loadAnswerBook(await folder(JSON.stringify(META), lines(ROWS)));

describe('loadAnswerBook', () => {
  it('answers as the real model did, in as many words as it had tokens, the first of equal prompts counting', async () => {
    const book = await tiny();
    expect({ models: book.models, size: book.size }).toEqual({ models: ['good', 'bad'], size: 3 });
    const right = book.find('What is 2+2?  ', 'good');
    expect(right).toMatchObject({ id: 'q-0', score: 1, outputTokens: 12, inputTokens: 10 });
    expect(right?.text).toMatch(/^\[tiny\/q-0\] .* Verdict: right$/u);
    expect(right?.text.split(' ')).toHaveLength(12);
    expect(book.find('What is 2+2?', 'bad')).toMatchObject({
      score: 0,
      outputTokens: 1,
      text: '[tiny/q-0] Verdict: wrong',
    });
  });

  it('derives output tokens from cost and prices where the set has none, at least 1', async () => {
    const book = await tiny();
    const partial = book.find('Name a river.', 'good');
    expect(partial).toMatchObject({ score: 0.82, outputTokens: 30 });
    expect(partial?.text.split(' ')).toHaveLength(30);
    expect(partial?.text).toMatch(/Verdict: partial 0\.82$/u);
    expect(book.find('Cheap', 'good')?.outputTokens).toBe(1);
  });

  it('knows nothing of missing scores, unknown models and unknown prompts', async () => {
    const book = await tiny();
    expect(book.find('Name a river.', 'bad')).toBeUndefined();
    expect(book.find('Name a river.', 'other')).toBeUndefined();
    expect(book.find('Name a lake.', 'good')).toBeUndefined();
  });

  it('can be asked under another name, but only as a model that it has', async () => {
    const book = await tiny();
    expect(bookAs(book, 'bad').find('What is 2+2?', 'sim-8b')).toEqual(book.find('What is 2+2?', 'bad'));
    expect(() => bookAs(book, 'ugly')).toThrow(/"ugly"; it has good, bad/u);
  });

  it.each([
    ['no folder', async () => join(root, 'absent'), 'SLUICE_SIM_BOOK_ABSENT', /cannot read meta\.json/u],
    ['no queries', () => folder(JSON.stringify(META), undefined), 'SLUICE_SIM_BOOK_ABSENT', /cannot read queries/u],
    ['bad meta', () => folder('{', lines(ROWS)), 'SLUICE_SIM_BOOK_MALFORMED', /meta\.json is not JSON/u],
    [
      'no models',
      () => folder('{"name":"x","models":[]}', lines(ROWS)),
      'SLUICE_SIM_BOOK_MALFORMED',
      /meta\.json\/models/u,
    ],
    ['not gzip', () => folder(JSON.stringify(META), Buffer.from('hello')), 'SLUICE_SIM_BOOK_MALFORMED', /not gzip/u],
    [
      'a bad line',
      () => folder(JSON.stringify(META), `${lines(ROWS)}{"id":`),
      'SLUICE_SIM_BOOK_MALFORMED',
      /line 5 is not/u,
    ],
    [
      'a row without scores',
      () => folder(JSON.stringify(META), lines([{ ...ROWS[0], score: 'x' }])),
      'SLUICE_SIM_BOOK_MALFORMED',
      /line 1\/score/u,
    ],
    [
      'a short row',
      () => folder(JSON.stringify(META), lines([{ ...ROWS[0], score: [1] }])),
      'SLUICE_SIM_BOOK_MALFORMED',
      /line 1 has 1 columns for 2 models/u,
    ],
    ['no rows', () => folder(JSON.stringify(META), '\n'), 'SLUICE_SIM_BOOK_MALFORMED', /no rows/u],
  ])('refuses a folder with %s, naming it', async (_name, make, code, message) => {
    const directory = await make();
    const error: unknown = await loadAnswerBook(directory).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(directory);
  });
});

// Real data lives beside the checkout where there is any; it is never copied into the project.
const REAL = join(import.meta.dirname, '../../../shared/data/llmrouter14');
const present = existsSync(REAL);
// oxlint-disable-next-line no-console -- a skipped test must say so
if (!present) console.log('skipped: the data set llmrouter14 is not here');

it.skipIf(!present)('reads llmrouter14: mean scores and synthetic lengths as its README has them', async () => {
  const book = await loadAnswerBook(REAL);
  expect(book.models).toHaveLength(9);
  expect(book.size).toBe(5989);
  const cheese =
    'The cheese pizza is cut into 12 slices and the pepperoni pizza is cut into 8 slices.  If Kate’s 6 friends each eat ' +
    '6 cheese pizza slices and 4 pepperoni pizza slices, how many pizza pies does she need to buy?';
  // Task gsm8k: 200 tokens; only the fifth model was right.
  const answers = book.models.map((model) => book.find(cheese, model));
  expect(answers.map((answer) => answer?.score)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  expect(answers.map((answer) => answer?.outputTokens)).toEqual(Array.from({ length: 9 }, () => 200));
  expect(answers[4]).toMatchObject({ id: 'lr14-test-499', inputTokens: 53 });
});
