// All data sets with a prior table of their own, measured one after another.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { PriorTableSchema, type PriorTable } from '../../src/policy/index.ts';
import type { Classifier } from '../../src/workload/index.ts';
import { loadModelScores } from '../support/model-scores.ts';
import { measure, type SetResult } from './measure.ts';
import { GOALS } from './report.ts';

const PRIORS = join(import.meta.dirname, '..', '..', 'policies', 'priors');
const tableShape = Compile(PriorTableSchema);

/** Throws what `fs` throws, and of files of another shape. */
export function measureSets(data: string, classifier: Classifier, seed: number): readonly SetResult[] {
  return Object.keys(GOALS).map((set) => measure(loadModelScores(join(data, set)), tableOf(set), { classifier }, seed));
}

function tableOf(set: string): PriorTable {
  return tableShape.Parse(JSON.parse(readFileSync(join(PRIORS, `${set}.json`), 'utf8')));
}
