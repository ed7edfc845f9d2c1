// The prompts of a data set through decide() of a policy compiled from YAML: which model takes each, at each weight of cost.
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DecisionId } from '../../src/base/index.ts';
import { openPolicyFiles } from '../../src/config/index.ts';
import { createLearner, type LearnerSnapshot } from '../../src/learning/index.ts';
import { compilePolicy, formatDiagnostic, type PriorTable } from '../../src/policy/index.ts';
import {
  createRouter,
  decide,
  learnerArms,
  STRATEGIES,
  type PoolSnapshot,
  type Router,
} from '../../src/router/index.ts';
import { buildWorkload, CONTEXT_DIMENSIONS, type Eyes, type Workload } from '../../src/workload/index.ts';
import type { ModelScores } from '../support/model-scores.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Stands in for any long uptime: the learner's guess of an answer's length is then the mean of those seen. */
const ANSWERS_SEEN = 1_000;

export type Settings = Readonly<Record<string, number>>;

/** One pool a model, the default ones of the data set; the table is the committed one. */
export function policyOf({ meta, pool }: ModelScores, settings: Settings): string {
  const pools = pool.map((column, i) => {
    const model = meta.models[column];
    const price = { inputPerMTok: model?.usd_per_1m_in ?? 0, outputPerMTok: model?.usd_per_1m_out ?? 0 };
    return [`p${i}`, { model: model?.name ?? '', endpoints: ['http://127.0.0.1:9/v1'], price, contextWindow: 131_072 }];
  });
  const strategy = { kind: 'semantic', priors: `priors/${meta.name}.json`, ...settings };
  return stringify({
    version: 1,
    pools: Object.fromEntries(pools),
    aliases: { auto: 'main' },
    routes: [{ name: 'main', candidates: pool.map((_, i) => `p${i}`), strategy }],
  });
}

export function routerOf(data: ModelScores, settings: Settings): Router {
  const file = join(ROOT, 'policies', 'bench.yaml');
  const { read: readNamed } = openPolicyFiles(file);
  const compiled = compilePolicy(policyOf(data, settings), file, {
    strategies: STRATEGIES,
    simProfiles: [],
    readNamed,
  });
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  return createRouter(compiled.plan);
}

/** A learner that has seen no reward, but how long the models' answers to the training prompts were, where the data says so. */
export function learnerOf({ meta, pool }: ModelScores, router: Router, table: PriorTable): LearnerSnapshot {
  const learner = createLearner(learnerArms(router), CONTEXT_DIMENSIONS);
  for (const [i, column] of pool.entries()) {
    const name = meta.models[column]?.name ?? '';
    const { outputTokens } = table.models[name] ?? {};
    if (outputTokens === undefined) continue;
    for (let answer = 0; answer < ANSWERS_SEEN; answer++) learner.observeAnswer(`${name}@p${i}`, outputTokens);
  }
  return learner.snapshot();
}

export function workloadOf(prompt: string, eyes: Eyes): Workload {
  const body = { model: 'auto', messages: [{ role: 'user', content: prompt }] };
  const hints = { session: undefined, slo: undefined, tags: {} };
  return buildWorkload({ operation: 'chat', body, bytes: Buffer.from(JSON.stringify(body)), hints }, eyes);
}

export interface Replayed {
  /** By workload the position in the pool of the model that takes it. */
  readonly choice: Uint8Array;
  /** By workload and model, what quality is expected. */
  readonly expected: Float64Array;
}

export function replay(router: Router, workloads: readonly Workload[], learner: LearnerSnapshot): Replayed {
  const state = { healthyEndpoints: 1, inFlight: 0, ttftMs: undefined, tpotMs: undefined };
  const pools: PoolSnapshot = new Map([...router.plan.pools.keys()].map((name) => [name, state]));
  const id = 'dec_00000000000000000000000000000000' as DecisionId;
  const choice = new Uint8Array(workloads.length);
  const expected = new Float64Array(workloads.length * pools.size);
  for (const [row, workload] of workloads.entries()) {
    const { stages, candidates } = decide(router, { id, at: 0, workload, learner, pools, draw: 0.5 });
    choice[row] = Number(stages[0].pool.slice(1));
    for (const [arm, { quality }] of candidates.entries()) expected[row * pools.size + arm] = quality ?? Number.NaN;
  }
  return { choice, expected };
}
