// The replay asks the real decide(): by the committed table when only quality counts, the cheapest when only money does.
import { describe, expect, it } from 'vitest';
import { loadClassifier } from '../../src/workload/index.ts';
import type { ModelScores } from '../support/model-scores.ts';
import { measure } from './measure.ts';
import { learnerOf, policyOf, replay, routerOf, workloadOf } from './replay.ts';

const MODELS = ['gemma-2-9b-it', 'claude-3-5-sonnet-20241022'];
const ROWS = 40;

/** The dearer model is right, the cheaper one right on half of the prompts. */
const DATA: ModelScores = {
  meta: {
    name: 'zeroeval',
    source: '',
    commit: '',
    path: '',
    licence: '',
    score_def: '',
    models: MODELS.map((name, i) => ({ name, usd_per_1m_in: 1 + 9 * i, usd_per_1m_out: 1 + 9 * i, price_source: 'A' })),
    pool_default: MODELS,
  },
  pool: [0, 1],
  rows: Array.from({ length: ROWS }, (_, i) => ({
    id: `${i}`,
    fold: i % 10,
    category: 'math',
    prompt: `What is ${i} times 17? Think step by step.`,
    score: [Math.floor(i / 10) % 2, 1],
    out_tok: null,
    cost: [0.001, 0.01],
  })),
};
const TABLE = { version: 1, models: { 'gemma-2-9b-it': { overall: 0.5, outputTokens: 900 } } } as const;
const eyes = { classifier: loadClassifier() };
const workloads = DATA.rows.map(({ prompt }) => workloadOf(prompt, eyes));
const chosen = (costWeight: number): Set<number> => {
  const router = routerOf(DATA, { costWeight });
  return new Set(replay(router, workloads, learnerOf(DATA, router, TABLE)).choice);
};

describe('the replay', () => {
  it('writes a policy with the committed table', () => {
    expect(policyOf(DATA, { costWeight: 2 })).toContain('priors: priors/zeroeval.json');
  });

  it('takes the better model, or the cheaper one', () => {
    expect(chosen(0)).toEqual(new Set([1]));
    expect(chosen(1e9)).toEqual(new Set([0]));
  });

  it('knows how long answers are where the table says so', () => {
    const router = routerOf(DATA, {});
    expect(learnerOf(DATA, router, TABLE).expectedOutputTokens('gemma-2-9b-it@p0')).toBeCloseTo(900, -1);
  });

  it('measures on the test folds alone, with every way beside', () => {
    const { rows, ways, bestFixed, qualityGain, calibrationError } = measure(DATA, TABLE, eyes, 1);
    const quality = Object.fromEntries(ways.map((way) => [way.name, way.quality]));
    expect([rows, bestFixed]).toEqual([12, MODELS[1]]);
    expect(quality).toMatchObject({ semantic: 1, 'best fixed': 1, cheapest: 0.5, random: 0.75, oracle: 1 });
    expect(qualityGain).toEqual({ value: 0, se: 0 });
    expect(calibrationError).toBeGreaterThan(0);
    expect(calibrationError).toBeLessThan(0.5);
    expect(ways.find(({ name }) => name === 'oracle')?.costShare).toBeCloseTo(0.55, 9);
  });
});
