// The shipped policies, and a router of one of them with nothing learnt and every pool healthy.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createLearner, type LearnerSnapshot } from '../../src/learning/index.ts';
import { compilePolicy, formatDiagnostic, type Compiled, type Depth } from '../../src/policy/index.ts';
import { createRouter, learnerArms, STRATEGIES, type PoolSnapshot, type Router } from '../../src/router/index.ts';
import { ENGINE_PROFILES } from '../../src/sim/index.ts';
import { CONTEXT_DIMENSIONS } from '../../src/workload/index.ts';

const DIRECTORY = resolve(import.meta.dirname, '../../policies');

/** Without the files of their tests. */
export const SHIPPED_NAMES = readdirSync(DIRECTORY).flatMap((file) => /^([^.]+)\.yaml$/.exec(file)?.[1] ?? []);

export const SHIPPED = SHIPPED_NAMES.map((name) => readFileSync(resolve(DIRECTORY, `${name}.yaml`), 'utf8'));

export function compile(source: string, depth: Depth = 'plain'): Compiled {
  const simProfiles = Object.keys(ENGINE_PROFILES);
  return compilePolicy(source, 'p.yaml', { strategies: STRATEGIES, simProfiles }, depth);
}

export interface Routing {
  readonly router: Router;
  readonly pools: PoolSnapshot;
  readonly learner: LearnerSnapshot;
}

export function routingOf(source: string): Routing {
  const compiled = compile(source);
  if (compiled.kind === 'invalid') throw new Error(compiled.diagnostics.map(formatDiagnostic).join('\n'));
  const router = createRouter(compiled.plan);
  const state = { healthyEndpoints: 1, inFlight: 0, ttftMs: undefined, tpotMs: undefined };
  return {
    router,
    pools: new Map([...compiled.plan.pools.keys()].map((name) => [name, state])),
    learner: createLearner(learnerArms(router), CONTEXT_DIMENSIONS).snapshot(),
  };
}
