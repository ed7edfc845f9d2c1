// The classification tasks that a table's vectors are judged by: the data sets' own labels, and splits that nothing was fitted on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface Labelled {
  readonly text: string;
  readonly label: string;
}

export interface Task {
  readonly name: string;
  readonly train: readonly Labelled[];
  readonly test: readonly Labelled[];
}

const TEST_FOLD = 7;

/** `shift`: learnt from the rows of MMLU-Pro that are not from MMLU, tested on MMLU's questions, in the categories that both have. */
export function loadTasks(data: string): Task[] {
  const exam = readRows(join(data, 'mmlu_pro', 'queries.jsonl.gz'));
  const banking = readRows(join(data, 'prompts', 'banking77.jsonl.gz'));
  // What is out of scope is no intent to be told.
  const clinc = readRows(join(data, 'prompts', 'clinc150.jsonl.gz')).filter((row) => row['intent'] !== 'oos');
  const inTraining = (row: Row): boolean => Number(row['fold']) < TEST_FOLD;
  const exams = (rows: readonly Row[]): Labelled[] => rows.map((row) => labelled(row, 'prompt', 'category'));
  const intents = (rows: readonly Row[], split: string): Labelled[] =>
    rows.filter((row) => row['split'] === split).map((row) => labelled(row, 'text', 'intent'));

  const others = exams(exam.filter((row) => !isFromMmlu(row)));
  const questions = exams(exam.filter(isFromMmlu));
  const ofQuestions = new Set(questions.map(({ label }) => label));
  const shared = new Set(others.map(({ label }) => label).filter((label) => ofQuestions.has(label)));
  const bankingTrain = intents(banking, 'train');
  const bankingTest = intents(banking, 'test');
  return [
    { name: 'mmlu_pro', train: exams(exam.filter(inTraining)), test: exams(exam.filter((row) => !inTraining(row))) },
    { name: 'clinc150', train: intents(clinc, 'train'), test: intents(clinc, 'test') },
    { name: 'banking77', train: bankingTrain, test: bankingTest },
    { name: 'banking77, 5 a class', train: firstOfEach(bankingTrain, 5), test: bankingTest },
    { name: 'banking77, 20 a class', train: firstOfEach(bankingTrain, 20), test: bankingTest },
    {
      name: 'shift',
      train: others.filter(({ label }) => shared.has(label)),
      test: questions.filter(({ label }) => shared.has(label)),
    },
  ];
}

type Row = Readonly<Record<string, unknown>>;

function isFromMmlu(row: Row): boolean {
  return String(row['src']).startsWith('ori_mmlu');
}

function labelled(row: Row, text: string, label: string): Labelled {
  return { text: String(row[text]), label: String(row[label]) };
}

function firstOfEach(rows: readonly Labelled[], count: number): Labelled[] {
  const taken = new Map<string, number>();
  return rows.filter(({ label }) => {
    const before = taken.get(label) ?? 0;
    taken.set(label, before + 1);
    return before < count;
  });
}

function readRows(path: string): Row[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  return lines.map((line): Row => JSON.parse(line));
}
