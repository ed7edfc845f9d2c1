// The classification tasks of the recipe and of tables: each set's own labels, on splits that nothing was fitted on.
import { join } from 'node:path';
import { type JsonRow, readRows, textOf, TRAIN_FOLDS } from '../train/sources.ts';

export interface Labelled {
  readonly text: string;
  readonly label: string;
}

export interface Task {
  readonly name: string;
  readonly train: readonly Labelled[];
  readonly test: readonly Labelled[];
  /** Texts of no class. */
  readonly outside?: readonly string[];
}

/** MMLU's subjects in the categories of MMLU-Pro; those of other categories are left out. */
const MMLU_SUBJECTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    physics: 'astronomy college_physics conceptual_physics high_school_physics',
    chemistry: 'college_chemistry high_school_chemistry',
    biology: 'college_biology high_school_biology',
    'computer science': 'college_computer_science computer_security high_school_computer_science machine_learning',
    math: 'abstract_algebra college_mathematics elementary_mathematics high_school_mathematics high_school_statistics',
    engineering: 'electrical_engineering',
    business: 'business_ethics management marketing',
    economics: 'econometrics high_school_macroeconomics high_school_microeconomics',
    psychology: 'high_school_psychology professional_psychology',
  }).flatMap(([category, subjects]) => subjects.split(' ').map((subject) => [subject, category] as const)),
);

const TRAINING: ReadonlySet<unknown> = new Set(TRAIN_FOLDS);

/** Folds 0-6 against 7-9, in the set's own categories. */
export function byFold(data: string, name: 'mmlu_pro' | 'llmrouter14'): Task {
  const rows = readRows(join(data, name, 'queries.jsonl.gz'));
  const exams = (keep: (row: JsonRow) => boolean): Labelled[] => rows.filter(keep).map(examOf);
  return { name, train: exams(({ fold }) => TRAINING.has(fold)), test: exams(({ fold }) => !TRAINING.has(fold)) };
}

/**
 * The set's own splits, learnt from `train`; `outside` are its texts of no intent. What was chosen on the split "val" may be learnt from it
 * afterwards.
 */
export function bySplit(
  data: string,
  name: 'clinc150' | 'banking77',
  train: readonly ('train' | 'val')[] = ['train'],
): Task {
  const rows = readRows(join(data, 'prompts', `${name}.jsonl.gz`));
  const of = (split: string): Labelled[] =>
    rows
      .filter((row) => row['split'] === split)
      .map((row) => ({ text: textOf(row, 'text'), label: textOf(row, 'intent') }));
  const outside = of('oos_test').map(({ text }) => text);
  return { name, train: train.flatMap(of), test: of('test'), ...(outside.length > 0 && { outside }) };
}

/** Learnt from the rows of MMLU-Pro that are not from MMLU, tested on MMLU, over the nine categories of both. */
export function shift(data: string): Task {
  const train = readRows(join(data, 'mmlu_pro', 'queries.jsonl.gz'))
    .filter((row) => !textOf(row, 'src').startsWith('ori_mmlu'))
    .map(examOf);
  const test = readRows(join(data, 'routellm_pair', 'queries.jsonl.gz')).flatMap((row) => {
    const label = MMLU_SUBJECTS.get(textOf(row, 'category').replace(/^mmlu_/u, ''));
    return label === undefined ? [] : [{ text: textOf(row, 'prompt'), label }];
  });
  return { name: 'shift', train, test };
}

/** With the first `count` training rows of each class alone. */
export function withFew({ name, train, ...rest }: Task, count: number): Task {
  const taken = new Map<string, number>();
  const few = train.filter(({ label }) => {
    const before = taken.get(label) ?? 0;
    taken.set(label, before + 1);
    return before < count;
  });
  return { ...rest, name: `${name}, ${count} a class`, train: few };
}

function examOf(row: JsonRow): Labelled {
  return { text: textOf(row, 'prompt'), label: textOf(row, 'category') };
}
