// A strategy's choice as stages: who is asked, who stands behind, and when an answer is kept.
import type { PlannedRoute } from './create-router.ts';
import type { Candidate, Choice, Stage } from './types.ts';

const NOBODY: readonly string[] = Object.freeze([]);

/** `positions`: where in the route's arms those stand that the choice speaks of. */
export function toStages(
  route: PlannedRoute,
  choice: Choice,
  positions: readonly number[],
  candidates: readonly Candidate[],
): readonly [Stage, ...Stage[]] {
  const { accept, order } = choice;
  const pools: string[] = [];
  for (const i of order) {
    const pool = route.arms[positions[i] ?? -1]?.pool;
    if (pool !== undefined) pools.push(pool);
  }
  const [first] = pools;
  if (first === undefined) throw new Error('a strategy chose nothing');
  if (accept === undefined) {
    const fallbacks = route.fallbacks === undefined ? pools.slice(1) : namedFallbacks(route, candidates, pools, 1);
    return [{ pool: first, fallbacks, accept: undefined }];
  }
  // The last stage's answer is final, so it is streamed unchecked; a stage that cannot be reached has the next one behind it.
  const last = pools.length - 1;
  const fallbacks = route.fallbacks === undefined ? NOBODY : namedFallbacks(route, candidates, pools, pools.length);
  const stages = pools.map((pool, i): Stage =>
    i < last ? { pool, fallbacks: NOBODY, accept } : { pool, fallbacks, accept: undefined },
  );
  return stages as unknown as readonly [Stage, ...Stage[]];
}

/** The route's own fallbacks that are eligible and none of the first `count` of those that are asked anyway. */
function namedFallbacks(
  route: PlannedRoute,
  candidates: readonly Candidate[],
  asked: readonly string[],
  count: number,
): readonly string[] {
  const fallbacks: string[] = [];
  for (const i of route.fallbacks ?? []) {
    const pool = route.arms[i]?.pool;
    if (pool === undefined || candidates[i]?.excluded !== undefined) continue;
    const before = asked.indexOf(pool);
    if (before < 0 || before >= count) fallbacks.push(pool);
  }
  return fallbacks;
}
