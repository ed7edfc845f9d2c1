// What the strategy reaches on the test folds beside best fixed, cheapest, random, oracle and the data's own categories; with bootstrap errors.
import { seededRandom } from '../../src/base/index.ts';
import type { PriorTable } from '../../src/policy/index.ts';
import type { Eyes } from '../../src/workload/index.ts';
import { TEST_FOLDS, TRAIN_FOLDS, type ModelScores } from '../support/model-scores.ts';
import { answersOf, byCategory, deviation, indexOfMost, mean, type Sweep } from './answers.ts';
import { aiq, costToReach, upperHull, type Point } from './curve.ts';
import { learnerOf, replay, routerOf, workloadOf } from './replay.ts';

/** From quality alone to price alone, 0.003 to about 1,000 quality per dollar a thousand requests. */
export const COST_WEIGHTS: readonly number[] = [0, ...Array.from({ length: 46 }, (_, i) => 0.003 * 1.33 ** i), 1e9];
const RESAMPLES = 500;

export interface Estimate {
  readonly value: number;
  /** Standard error over resampled prompts. */
  readonly se: number;
}

export interface Way {
  readonly name: string;
  /** Looking at quality alone. */
  readonly quality: number;
  readonly costUsd: number;
  readonly aiq: number | undefined;
  /** Of the best fixed model's cost, to reach its quality; undefined: never does, or is no curve. */
  readonly costShare: number | undefined;
  readonly curve: readonly Point[];
}

export interface SetResult {
  readonly name: string;
  readonly rows: number;
  readonly models: number;
  readonly bestFixed: string;
  readonly ways: readonly Way[];
  /** Paired, over the same resampled prompts; the best fixed model is that of the training folds. */
  readonly qualityGain: Estimate;
  readonly aiqGain: Estimate;
  /** Of the qualities expected of all models on all rows, in ten bins: what `minQuality` can be trusted to. */
  readonly calibrationError: number;
  readonly syntheticCost: boolean;
}

export function measure(data: ModelScores, table: PriorTable, eyes: Eyes, seed: number): SetResult {
  const complete = data.rows.filter(({ score, cost }) => data.pool.every((c) => score[c] !== null && cost[c] !== null));
  const rows = complete.filter(({ fold }) => TEST_FOLDS.includes(fold));
  const answers = answersOf(rows, data.pool);
  const workloads = rows.map(({ prompt }) => workloadOf(prompt, eyes));
  const replayed = COST_WEIGHTS.map((costWeight) => {
    const router = routerOf(data, { costWeight });
    return replay(router, workloads, learnerOf(data, router, table));
  });
  const semantic = replayed.map(({ choice }) => choice);
  const singles = data.pool.map((_, arm) => new Uint8Array(rows.length).fill(arm));
  const training = complete.filter(({ fold }) => TRAIN_FOLDS.includes(fold));
  const category = byCategory(training, rows, data.pool, COST_WEIGHTS);
  const oracle = COST_WEIGHTS.map((weight) => Uint8Array.from(rows, (_, i) => answers.best(i, weight)));

  const all = Uint32Array.from(rows, (_, i) => i);
  const means = singles.map((sweep) => answers.mean(sweep, all));
  // As the tables are: from the training folds. In hindsight another one may be best.
  const best = indexOfMost(data.pool.map((column) => mean(training.map(({ score }) => score[column] ?? 0))));
  const inHindsight = indexOfMost(means.map(({ quality }) => quality));
  const cheapest = indexOfMost(means.map(({ costUsd }) => -costUsd));
  const range = { low: means[cheapest]?.costUsd ?? 0, high: Math.max(...means.map(({ costUsd }) => costUsd)) };
  const bestFixed = means[best] ?? { quality: 0, costUsd: 0 };
  const toWay = (name: string, sweep: Sweep): Way => {
    const curve = sweep.map((choice) => answers.mean(choice, all));
    const [first = { quality: 0, costUsd: 0 }] = curve;
    const hull = upperHull(curve);
    const needed = costToReach(hull, bestFixed.quality);
    return {
      name,
      ...first,
      aiq: aiq(hull, range.low, range.high),
      costShare: needed === undefined ? undefined : needed / bestFixed.costUsd,
      curve,
    };
  };
  const flat = (name: string, point: Point): Way => ({
    name,
    ...point,
    aiq: undefined,
    costShare: undefined,
    curve: [],
  });
  const aiqOf = (sweep: Sweep, drawn: Uint32Array): number =>
    aiq(upperHull(sweep.map((choice) => answers.mean(choice, drawn))), range.low, range.high);
  const random = seededRandom(seed);
  const qualityGains: number[] = [];
  const aiqGains: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const drawn = Uint32Array.from(rows, () => Math.floor(random() * rows.length));
    const chosen = answers.mean(semantic[0] ?? new Uint8Array(), drawn).quality;
    qualityGains.push(chosen - answers.mean(singles[best] ?? new Uint8Array(), drawn).quality);
    aiqGains.push(aiqOf(semantic, drawn) - aiqOf(singles, drawn));
  }
  const ways = [
    toWay('semantic', semantic),
    { ...toWay('best fixed', singles), ...bestFixed },
    flat('best fixed in hindsight', means[inHindsight] ?? bestFixed),
    flat('cheapest', means[cheapest] ?? bestFixed),
    flat('random', { quality: mean(means.map((m) => m.quality)), costUsd: mean(means.map((m) => m.costUsd)) }),
    toWay("data's own category", category),
    toWay('oracle', oracle),
  ];
  return {
    name: data.meta.name,
    rows: rows.length,
    models: data.pool.length,
    bestFixed: data.meta.models[data.pool[best] ?? 0]?.name ?? '',
    ways,
    qualityGain: { value: (ways[0]?.quality ?? 0) - bestFixed.quality, se: deviation(qualityGains) },
    aiqGain: { value: aiqOf(semantic, all) - aiqOf(singles, all), se: deviation(aiqGains) },
    calibrationError: answers.calibrationError(replayed[0]?.expected ?? new Float64Array()),
    syntheticCost: data.meta.cost_note?.includes('SYNTHETIC') === true,
  };
}
