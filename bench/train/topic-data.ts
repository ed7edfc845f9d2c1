// Rows for training and testing the topic classifier: the data sets' categories merged into our topics, and texts of no topic.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TOPICS } from '../../src/workload/topic.ts';

export const DATA_SETS = ['mmlu_pro', 'llmrouter14', 'arena_hard_v2'] as const;
export type DataSet = (typeof DATA_SETS)[number];

/** `fold` is sha1(text) mod 10 as in the data's README: 0-6 train, 7-9 are for reporting alone. */
export interface LabelledText {
  readonly set: DataSet;
  readonly fold: number;
  readonly label: number;
  readonly text: string;
}

export interface OutOfScope {
  readonly train: readonly string[];
  readonly clincTest: readonly string[];
  readonly bankingTest: readonly string[];
}

type Label = (typeof TOPICS)[number];

/** Category of the source -> topic. `other` (mmlu_pro) and `mmlu` (llmrouter14) mix all subjects and are left out. */
export const LABELS: Readonly<Record<DataSet, Readonly<Record<string, Label>>>> = {
  mmlu_pro: {
    'computer science': 'code',
    math: 'math',
    biology: 'science',
    chemistry: 'science',
    physics: 'science',
    engineering: 'engineering',
    health: 'health',
    law: 'law',
    business: 'business',
    economics: 'business',
    history: 'history',
    philosophy: 'philosophy',
    psychology: 'psychology',
  },
  llmrouter14: {
    mbpp: 'code',
    human_eval: 'code',
    math: 'math',
    gsm8k: 'math',
    'agentverse-mgsm': 'math',
    'agentverse-logicgrid': 'logic',
    commongen: 'writing',
    natural_qa: 'trivia',
    trivia_qa: 'trivia',
    commonsense_qa: 'commonsense',
    arc_challenge: 'science',
    openbook_qa: 'science',
    gpqa: 'science',
  },
  arena_hard_v2: { coding: 'code', math: 'math', creative_writing: 'writing' },
};

export function loadLabelled(data: string): LabelledText[] {
  const rows: LabelledText[] = [];
  const add = (set: DataSet, category: string, fold: number, text: string): void => {
    const topic = LABELS[set][category];
    if (topic !== undefined) rows.push({ set, fold, label: TOPICS.indexOf(topic), text });
  };
  for (const set of ['mmlu_pro', 'llmrouter14'] as const) {
    for (const row of readRows(join(data, set, 'queries.jsonl.gz'))) {
      add(set, textOf(row, 'category'), Number(row['fold']), textOf(row, 'prompt'));
    }
  }
  for (const row of readRows(join(data, 'prompts', 'arena_hard_v2.jsonl.gz'))) {
    const text = textOf(row, 'text');
    add('arena_hard_v2', textOf(row, 'subcategory'), foldOf(text), text);
  }
  return rows;
}

/** Commands to an assistant and to a bank; clinc150's `calculator` (arithmetic) would teach that sums are of no topic. */
export function loadOutOfScope(data: string): OutOfScope {
  const clinc = readRows(join(data, 'prompts', 'clinc150.jsonl.gz'));
  const banking = readRows(join(data, 'prompts', 'banking77.jsonl.gz'));
  const inTrain = clinc.filter((row) => row['intent'] !== 'calculator');
  return {
    train: [...textsOf(inTrain, ['train', 'oos_train']), ...textsOf(banking, ['train'])],
    clincTest: textsOf(clinc, ['test', 'oos_test']),
    bankingTest: textsOf(banking, ['test']),
  };
}

/** The prompt without answer options, `assert` lines, format instructions and `Q:`: closer to what people type. */
export function stripBoilerplate(text: string): string {
  return text
    .replace(/\nAfter careful thought[^\n]*$/, '')
    .replace(/\nEnter the letter of the correct option\.\s*$/, '')
    .replace(/\n\s*\(?A[.)] [\s\S]*$/, '')
    .replace(/^Q: /, '')
    .trim();
}

function textsOf(rows: readonly Row[], splits: readonly string[]): string[] {
  return rows.filter((row) => splits.includes(textOf(row, 'split'))).map((row) => textOf(row, 'text'));
}

type Row = Readonly<Record<string, unknown>>;

function readRows(path: string): Row[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  return lines.map((line): Row => JSON.parse(line));
}

function textOf(row: Row, key: string): string {
  const value = row[key];
  return typeof value === 'string' ? value : '';
}

function foldOf(text: string): number {
  return Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 10n);
}
