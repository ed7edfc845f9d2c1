// Workload + Plan + LearnerSnapshot + PoolSnapshot -> Decision: pure and synchronous; chance comes in as `draw`.
import { clamp, type DecisionId } from '../base/index.ts';
import type { LearnerSnapshot } from '../learning/index.ts';
import type { Facts, Limits, Price, RequestFacts } from '../policy/index.ts';
import type { Operation, RequestTexts, Workload } from '../workload/index.ts';
import type { PlannedRoute, Router } from './create-router.ts';
import { routerErrors } from './errors.ts';
import { findRoute } from './find-route.ts';
import { toStages } from './stages.ts';
import { oneOf, upTo } from './strategies/orders.ts';
import type { Arm, Candidate, Choice, Confined, Decision, PoolSnapshot } from './types.ts';

export interface DecideInput {
  readonly id: DecisionId;
  /** Wall time, ms since the epoch. */
  readonly at: number;
  readonly workload: Workload;
  /** What keywords are looked for in; absent where the plan asks for none (`needs.texts`). */
  readonly texts?: RequestTexts | undefined;
  /** Those for which an encoder has been waited (`factsThatWait`); absent: what conditions ask is told at once. */
  readonly facts?: (Facts & RequestFacts) | undefined;
  readonly learner: LearnerSnapshot;
  readonly pools: PoolSnapshot;
  /** Uniform in [0, 1). */
  readonly draw: number;
  /** The request's input in tokens of a model, for context windows and expected costs. Default: `workload.tokens.input`. */
  readonly inputTokens?: (workload: Workload, model: string) => number;
  /** When a pool without a healthy endpoint is worth asking again; undefined: nobody knows. */
  readonly retryAfterSeconds?: (pool: string) => number | undefined;
}

/** No stage and no fallback leaves the confinement. Throws routerErrors: modelNotFound, confined, inputLimit, outputLimit, contextLength, noHealthyPool. */
export function decide(router: Router, input: DecideInput): Decision {
  const { workload, texts, facts, learner, pools, draw } = input;
  const found = findRoute(router, { workload, texts, facts });
  if (found === 'waits') throw new Error('decided before the encoder was asked');
  const { route, passedOver, confined, signals } = found;
  refuseOverLimits(router.plan.limits, workload);
  const { arms, candidates: named } = route;
  if (arms.length > costs.length) makeRoom(arms.length);
  const candidates: Draft[] = [];
  /** Candidates that are eligible; those that are fallbacks only come behind all candidates and are not counted. */
  let eligible = 0;
  for (let i = 0; i < arms.length; i++) {
    const arm = arms[i] as Arm;
    const inputTokens = input.inputTokens?.(workload, arm.model) ?? workload.tokens.input;
    const output = expectedOutputTokens(arm, workload, learner);
    const cost = costUsd(arm.price, inputTokens, 0, output);
    const why = whyExcluded(arm, inputTokens, input, confined);
    candidates.push(draftOf(arm, i >= named.length, why, cost));
    costs[i] = cost;
    outputs[i] = output;
    if (why === undefined && i < named.length) eligible++;
  }
  const all = eligible === named.length;
  /** Where those that the choice speaks of stand among the arms. */
  const positions = eligible === 0 ? upTo(arms.length) : all ? upTo(eligible) : positionsOf(candidates, named.length);
  const choice =
    eligible === 0
      ? lastResort(route, candidates, input, confined)
      : route.strategy.choose({
          workload,
          arms: all ? named : at(arms, positions),
          expectedCostUsd: all ? costs : at(costs, positions),
          expectedOutputTokens: all ? outputs : at(outputs, positions),
          learner,
          pools,
          draw,
        });
  addChoice(candidates, choice, positions);
  const stages = toStages(route, choice, positions, candidates);
  const { kind } = route.plan.strategy;
  return {
    id: input.id,
    at: input.at,
    requestedModel: workload.requestedModel,
    route: route.plan.name,
    strategy: kind,
    stages,
    candidates,
    passedOver,
    confined,
    signals,
    timeouts: route.plan.timeouts,
    reason: `${kind}: ${stages[0].pool}, ${choice.reason}`,
    plan: router.plan.fingerprint,
    learnerVersion: learner.version,
    draw,
  };
}

/** By arm, for the strategy to read while it chooses; used again by every decision. */
let costs = new Float64Array(16);
let outputs = new Float64Array(16);

function makeRoom(arms: number): void {
  costs = new Float64Array(arms);
  outputs = new Float64Array(arms);
}

/** Where an operation's input stands in its body. */
const INPUT_FIELDS: Readonly<Record<Operation, string>> = {
  chat: 'messages',
  completion: 'prompt',
  embedding: 'input',
};

function refuseOverLimits(limits: Limits, { tokens, operation }: Workload): void {
  const { inputTokens, outputTokens } = limits;
  if (inputTokens !== undefined && tokens.input > inputTokens)
    throw routerErrors.inputLimit.with({ param: INPUT_FIELDS[operation] }, tokens.input, inputTokens);
  if (outputTokens !== undefined && (tokens.maxOutput ?? 0) > outputTokens)
    throw routerErrors.outputLimit.with({ param: 'max_tokens' }, tokens.maxOutput ?? 0, outputTokens);
}

/** Input, and what the caller allows to come out; at least one token must fit, unless nothing is written. */
function neededTokens(inputTokens: number, { tokens, operation }: Workload): number {
  return operation === 'embedding' ? inputTokens : inputTokens + (tokens.maxOutput ?? 1);
}

function whyExcluded(
  arm: Arm,
  inputTokens: number,
  { workload, pools }: DecideInput,
  confined: Confined | undefined,
): string | undefined {
  if (confined !== undefined && !confined.pools.includes(arm.pool)) return confined.why;
  const needed = neededTokens(inputTokens, workload);
  if (needed > arm.contextWindow) return `context window ${arm.contextWindow} < ${needed} tokens`;
  const state = pools.get(arm.pool);
  return state !== undefined && state.healthyEndpoints > 0 ? undefined : 'no healthy endpoint';
}

function expectedOutputTokens(arm: Arm, { operation, tokens }: Workload, learner: LearnerSnapshot): number {
  if (operation === 'embedding') return 0;
  return clamp(learner.expectedOutputTokens(arm.key), 0, tokens.maxOutput ?? Infinity);
}

/** US dollars of that many tokens; `cachedTokens` are those of the input that the upstream read from its prefix cache. */
export function costUsd(price: Price, inputTokens: number, cachedTokens: number, outputTokens: number): number {
  const cached = Math.min(cachedTokens, inputTokens);
  return (
    ((inputTokens - cached) * price.inputPerMTok +
      cached * price.cachedInputPerMTok +
      outputTokens * price.outputPerMTok) /
    1e6
  );
}

/** No candidate is eligible: the first fallback that is. Positions are those of the route's arms. */
function lastResort(
  route: PlannedRoute,
  candidates: readonly Candidate[],
  input: DecideInput,
  confined: Confined | undefined,
): Choice {
  const order = (route.fallbacks ?? []).filter((i) => candidates[i]?.excluded === undefined);
  const [first] = order;
  if (first === undefined) throw nobodyEligible(route, input, confined);
  return {
    order,
    propensities: oneOf(route.arms.length, first),
    reason: 'first fallback, for no candidate can take the request',
  };
}

function nobodyEligible(
  route: PlannedRoute,
  { workload, inputTokens, retryAfterSeconds }: DecideInput,
  confined: Confined | undefined,
): Error {
  const arms = confined === undefined ? route.arms : route.arms.filter(({ pool }) => confined.pools.includes(pool));
  const needed = ({ model }: Arm): number =>
    neededTokens(inputTokens?.(workload, model) ?? workload.tokens.input, workload);
  const fitting = arms.filter((arm) => arm.contextWindow >= needed(arm));
  if (fitting.length > 0) {
    const pools = fitting.map((arm) => arm.pool);
    const soonest = Math.min(...pools.map((pool) => retryAfterSeconds?.(pool) ?? Infinity));
    const details = Number.isFinite(soonest) ? { retryAfterSeconds: soonest } : {};
    return routerErrors.noHealthyPool.with(details, route.plan.name, pools.join(', '));
  }
  const [largest] = arms.toSorted((a, b) => b.contextWindow - a.contextWindow);
  if (largest === undefined) throw new Error(`route "${route.plan.name}" has no candidates`);
  return routerErrors.contextLength.with(
    { param: INPUT_FIELDS[workload.operation] },
    needed(largest),
    largest.contextWindow,
  );
}

/** A candidate until the choice has been made. */
type Draft = { -readonly [K in keyof Candidate]: Candidate[K] };

function draftOf(arm: Arm, fallbackOnly: boolean, excluded: string | undefined, expectedCostUsd: number): Draft {
  return {
    pool: arm.pool,
    model: arm.model,
    arm: arm.key,
    fallbackOnly,
    excluded,
    expectedCostUsd,
    expectedTtftMs: undefined,
    expectedE2eMs: undefined,
    quality: undefined,
    qualitySd: undefined,
    utility: undefined,
    propensity: 0,
  };
}

function addChoice(candidates: readonly Draft[], choice: Choice, positions: readonly number[]): void {
  for (let k = 0; k < positions.length; k++) {
    const candidate = candidates[positions[k] ?? -1];
    if (candidate === undefined) continue;
    candidate.expectedTtftMs = choice.expectedTtftMs?.[k];
    candidate.expectedE2eMs = choice.expectedE2eMs?.[k];
    candidate.quality = choice.quality?.[k];
    candidate.qualitySd = choice.qualitySd?.[k];
    candidate.utility = choice.utilities?.[k];
    candidate.propensity = choice.propensities[k] ?? 0;
  }
}

function positionsOf(candidates: readonly Candidate[], count: number): readonly number[] {
  const positions: number[] = [];
  for (let i = 0; i < count; i++) if (candidates[i]?.excluded === undefined) positions.push(i);
  return positions;
}

function at<T>(values: ArrayLike<T>, positions: readonly number[]): readonly T[] {
  const found: T[] = [];
  for (const i of positions) found.push(values[i] as T);
  return found;
}
