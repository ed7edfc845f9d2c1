// Workload + Plan + LearnerSnapshot + PoolSnapshot -> Decision: pure and synchronous; chance comes in as `draw`.
import { clamp, type DecisionId } from '../base/index.ts';
import type { LearnerSnapshot } from '../learning/index.ts';
import { readFacts, type Price } from '../policy/index.ts';
import type { Workload } from '../workload/index.ts';
import { DIRECT_ROUTE, type PlannedRoute, type Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import type { Arm, Candidate, Choice, Decision, PoolSnapshot, Stage } from './types.ts';

export interface DecideInput {
  readonly id: DecisionId;
  /** Wall time, ms since the epoch. */
  readonly at: number;
  readonly workload: Workload;
  readonly learner: LearnerSnapshot;
  readonly pools: PoolSnapshot;
  /** Uniform in [0, 1). */
  readonly draw: number;
}

/** Throws routerErrors: modelNotFound, contextLength, noHealthyPool. */
export function decide(router: Router, input: DecideInput): Decision {
  const { workload, learner } = input;
  const { route, passedOver } = findRoute(router, workload);
  const excluded = route.arms.map((arm) => whyExcluded(arm, input));
  const costs = route.arms.map((arm) => expectedCost(arm, workload, learner));
  const eligible = route.arms.flatMap((_, i) => (excluded[i] === undefined ? [i] : []));
  if (eligible.length === 0) throw nobodyEligible(route, input);

  const arms = eligible.flatMap((i) => route.arms[i] ?? []);
  const choice = route.strategy.choose({
    workload,
    arms,
    expectedCostUsd: eligible.map((i) => costs[i] ?? 0),
    learner,
    draw: input.draw,
  });
  const candidates = route.arms.map((arm, i): Candidate => {
    const at = eligible.indexOf(i);
    return {
      pool: arm.pool,
      model: arm.model,
      excluded: excluded[i],
      expectedCostUsd: costs[i] ?? 0,
      quality: at < 0 ? undefined : choice.quality?.[at],
      qualitySd: at < 0 ? undefined : choice.qualitySd?.[at],
      utility: at < 0 ? undefined : choice.utilities?.[at],
      propensity: at < 0 ? 0 : (choice.propensities[at] ?? 0),
    };
  });
  const stages = toStages(choice, arms);
  return {
    id: input.id,
    at: input.at,
    requestedModel: workload.requestedModel,
    route: route.plan.name,
    strategy: route.plan.strategy.kind,
    stages,
    candidates,
    passedOver,
    reason: `${route.plan.strategy.kind}: ${stages[0].pool}, ${choice.reason}`,
    plan: router.plan.fingerprint,
    learnerVersion: learner.version,
    draw: input.draw,
  };
}

function findRoute(router: Router, workload: Workload): { route: PlannedRoute; passedOver: Decision['passedOver'] } {
  const last = router.plan.aliases.get(workload.requestedModel);
  if (last === undefined) {
    const direct = router.direct.get(workload.requestedModel);
    if (direct !== undefined) return { route: direct, passedOver: [] };
    const known = [...router.plan.aliases.keys(), ...router.plan.pools.keys()].join(', ');
    // The name is the caller's and may be long; the header and the log need no more than its beginning.
    throw routerErrors.modelNotFound.with({ param: 'model' }, workload.requestedModel.slice(0, 100), known);
  }
  const passedOver: { route: string; why: string }[] = [];
  let facts: ReturnType<typeof readFacts> | undefined;
  for (let i = 0; i < last; i++) {
    const route = router.routes[i];
    if (route === undefined) continue;
    const { when } = route.plan;
    if (when === undefined) return { route, passedOver };
    facts ??= readFacts(workload);
    const held = when.test(facts);
    if (held === true) return { route, passedOver };
    passedOver.push({
      route: route.plan.name,
      why: held === false ? `${when.source} is false` : `${when.source} could not be told: ${held.failed}`,
    });
  }
  const route = router.routes[last];
  if (route === undefined) throw new Error(`alias "${workload.requestedModel}" leads past the last route`);
  return { route, passedOver };
}

function neededTokens(workload: Workload): number {
  return workload.tokens.input + (workload.tokens.maxOutput ?? 1);
}

function whyExcluded(arm: Arm, { workload, pools }: DecideInput): string | undefined {
  const needed = neededTokens(workload);
  if (needed > arm.contextWindow) return `context window ${arm.contextWindow} < ${needed} tokens`;
  return (pools.get(arm.pool)?.healthyEndpoints ?? 0) > 0 ? undefined : 'no healthy endpoint';
}

function nobodyEligible(route: PlannedRoute, { workload }: DecideInput): Error {
  const needed = neededTokens(workload);
  const fitting = route.arms.filter((arm) => arm.contextWindow >= needed);
  if (fitting.length > 0) {
    const pools = fitting.map((arm) => arm.pool).join(', ');
    return routerErrors.noHealthyPool(route.plan.name, pools);
  }
  const largest = Math.max(...route.arms.map((arm) => arm.contextWindow));
  return routerErrors.contextLength.with({ param: 'messages' }, needed, largest);
}

function expectedCost(arm: Arm, workload: Workload, learner: LearnerSnapshot): number {
  const output = clamp(learner.expectedOutputTokens(arm.key), 0, workload.tokens.maxOutput ?? Infinity);
  return costUsd(arm.price, workload.tokens.input, output);
}

/** US dollars of that many input and output tokens. */
export function costUsd(price: Price, inputTokens: number, outputTokens: number): number {
  return (inputTokens * price.inputPerMTok + outputTokens * price.outputPerMTok) / 1e6;
}

function toStages(choice: Choice, arms: readonly Arm[]): readonly [Stage, ...Stage[]] {
  const pools = choice.order.flatMap((i) => arms[i]?.pool ?? []);
  const [first, ...rest] = pools;
  if (first === undefined) throw new Error('a strategy chose nothing');
  const { accept } = choice;
  if (accept === undefined) return [{ pool: first, fallbacks: rest, accept: undefined }];
  // The last stage's answer is final, so it is streamed unchecked.
  const stages = pools.map((pool, i): Stage => ({
    pool,
    fallbacks: [],
    accept: i < pools.length - 1 ? accept : undefined,
  }));
  return stages as unknown as readonly [Stage, ...Stage[]];
}

/** The decision in sentences, for people: what was asked, who was ruled out and why, how the choice was made. */
export function explain(decision: Decision): readonly string[] {
  const lines =
    decision.route === DIRECT_ROUTE
      ? [`model "${decision.requestedModel}" is a pool's or a model's own name: sent straight there`]
      : [
          ...decision.passedOver.map(({ route, why }) => `route ${route} passed over: ${why}`),
          `route ${decision.route} takes the request (strategy ${decision.strategy})`,
        ];
  for (const c of decision.candidates) {
    if (c.excluded !== undefined) lines.push(`${c.pool} ruled out: ${c.excluded}`);
    else if (c.quality === undefined) lines.push(`${c.pool} eligible, expected cost $${c.expectedCostUsd.toFixed(6)}`);
    else {
      lines.push(
        `${c.pool}: expected quality ${c.quality.toFixed(3)} (sd ${(c.qualitySd ?? 0).toFixed(3)}), cost $${c.expectedCostUsd.toFixed(6)}, utility ${(c.utility ?? 0).toFixed(3)}, chosen with probability ${c.propensity.toFixed(3)}`,
      );
    }
  }
  lines.push(decision.reason);
  return lines;
}
