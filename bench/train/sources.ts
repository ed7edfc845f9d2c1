// The data sets as they lie beside the project, read into one shape: a text with its category, its fold and what models scored on it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const DATA_SETS = ['mmlu_pro', 'llmrouter14', 'zeroeval', 'arena_hard_v2', 'clinc150', 'banking77'] as const;
export type DataSet = (typeof DATA_SETS)[number];

export const TRAIN_FOLDS = [0, 1, 2, 3, 4, 5, 6] as const;
/** Choices are made on these, each held back in turn; 7-9 are for reporting alone. */
export const HELD_BACK_FOLDS = [4, 5, 6] as const;
/** What the test splits of sets with splits of their own count as. */
export const TEST_FOLD = 9;

export interface SourceText {
  readonly set: DataSet;
  readonly id: string;
  readonly category: string;
  /** sha1(text) mod 10 as in the data's README; of clinc150 and banking77 one of those held back for training rows, else `TEST_FOLD`. */
  readonly fold: number;
  readonly text: string;
  /** Mean score of the mid-sized models that answered it. */
  readonly success: number | undefined;
}

/** Instruction-tuned models of 4 to 13 billion active parameters, of 2024, by the sets' own names. */
export const MID_MODELS: Readonly<Partial<Record<DataSet, readonly string[]>>> = {
  mmlu_pro: ['Meta-Llama-3_1-8B-Instruct', 'mathstral-7B', 'Phi-3-mini-4k-instruct', 'Mixtral-8x7B-Instruct-v0.1'],
  llmrouter14: ['llama-3.1-8b-instruct', 'gemma-2-9b-it', 'qwen2.5-7b-instruct'],
  zeroeval: ['gemma-2-9b-it', 'Meta-Llama-3.1-8B-Instruct', 'Qwen2-7B-Instruct', 'Phi-3.5-mini-instruct'],
};

export function loadSources(data: string): SourceText[] {
  return [
    ...(['mmlu_pro', 'llmrouter14', 'zeroeval'] as const).flatMap((set) => loadScored(data, set)),
    ...readRows(join(data, 'prompts', 'arena_hard_v2.jsonl.gz')).map((row) => {
      const text = textOf(row, 'text');
      const fold = Number(digestOf(text) % 10n);
      return {
        set: 'arena_hard_v2' as const,
        id: textOf(row, 'id'),
        category: textOf(row, 'subcategory'),
        fold,
        text,
        success: undefined,
      };
    }),
    ...loadSplit(data, 'clinc150'),
    ...loadSplit(data, 'banking77'),
  ];
}

function loadScored(data: string, set: 'mmlu_pro' | 'llmrouter14' | 'zeroeval'): SourceText[] {
  const meta: { readonly models: readonly { readonly name?: string; readonly id?: string }[] } = JSON.parse(
    readFileSync(join(data, set, 'meta.json'), 'utf8'),
  );
  const names = meta.models.map(({ name, id }) => name ?? id ?? '');
  const mid = (MID_MODELS[set] ?? []).map((name) => {
    const at = names.indexOf(name);
    if (at < 0) throw new Error(`${set} has no model ${name}`);
    return at;
  });
  return readRows(join(data, set, 'queries.jsonl.gz')).map((row) => {
    const scores = row['score'] as readonly (number | null)[];
    const known = mid.map((at) => scores[at]).filter((score) => typeof score === 'number');
    return {
      set,
      id: textOf(row, 'id'),
      category: textOf(row, 'category'),
      fold: Number(row['fold']),
      text: textOf(row, 'prompt'),
      success: known.length === 0 ? undefined : known.reduce((sum, score) => sum + score, 0) / known.length,
    };
  });
}

function loadSplit(data: string, set: 'clinc150' | 'banking77'): SourceText[] {
  return readRows(join(data, 'prompts', `${set}.jsonl.gz`)).flatMap((row) => {
    const split = textOf(row, 'split');
    if (split.endsWith('val')) return [];
    const text = textOf(row, 'text');
    const fold = split.endsWith('train') ? heldBackFold(text) : TEST_FOLD;
    return [{ set, id: '', category: textOf(row, 'intent'), fold, text, success: undefined }];
  });
}

/** Which of the held-back folds a text without a fold of its own goes with. */
export function heldBackFold(text: string): number {
  return HELD_BACK_FOLDS[Number(digestOf(text) % 3n)] ?? HELD_BACK_FOLDS[0];
}

/** The prompt without answer options, `assert` lines, format instructions and `Q:`: closer to what people type. */
export function stripBoilerplate(text: string): string {
  return text
    .replace(/\nAfter careful thought[^\n]*$/, '')
    .replace(/\nEnter the letter of the correct option\.\s*$/, '')
    .replace(/\n\s*\(?A[.)] [\s\S]*$/, '')
    .replace(/^You are given a Python function[^\n]*\n+/, '')
    .replace(/^Q: /, '')
    .trim();
}

export type JsonRow = Readonly<Record<string, unknown>>;

export function readRows(path: string): JsonRow[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  return lines.map((line): JsonRow => JSON.parse(line));
}

export function textOf(row: JsonRow, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}

function digestOf(text: string): bigint {
  return BigInt(`0x${createHash('sha1').update(text).digest('hex')}`);
}
