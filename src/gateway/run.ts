// The state of one request on its way: its decision, its attempts, and how long it waited for others.
import type { IncomingHttpHeaders } from 'node:http';
import { childTraceparent, newDecisionId, newSpanId, parseTraceparent, type SluiceError } from '../base/index.ts';
import type { Attempt, Finish, Usage } from '../feedback/index.ts';
import type { UpstreamTimeouts } from '../pool/index.ts';
import {
  costUsd,
  decide,
  type Arm,
  type DecideInput,
  type Decision,
  type Router,
  type Stage,
} from '../router/index.ts';
import { buildWorkload, textsOf, type InferenceRequest, type RequestTexts, type Workload } from '../workload/index.ts';
import { gather } from './gather.ts';
import { headerSafe } from './http/headers.ts';
import type { Extras } from './rewrite-body.ts';
import type { Decider, Gateway, HeaderList } from './types.ts';

export interface Run {
  /** Of the span that upstreams are told of; undefined: no tracing. */
  readonly spanId: string | undefined;
  readonly gateway: Gateway;
  readonly router: Router;
  readonly request: InferenceRequest;
  readonly inbound: IncomingHttpHeaders;
  readonly workload: Workload;
  readonly decision: Decision;
  readonly startedMs: number;
  readonly attempts: Attempt[];
  /** Time spent waiting for upstreams and in their queues, without the wait under way. */
  waitedMs: number;
  waitingSinceMs: number | undefined;
}

export interface Decided {
  readonly workload: Workload;
  readonly decision: Decision;
}

/** A promise only where the plan has an encoder and this request's route cannot be told without it. Throws or rejects with routerErrors; nothing is recorded. */
export function decideOn(gateway: Decider, router: Router, request: InferenceRequest): Decided | Promise<Decided> {
  const { needs } = router.plan;
  const workload = buildWorkload(request, needs.topic || needs.sight ? gateway.eyes : undefined, needs.topic);
  const texts = needs.texts ? textsOf(request) : undefined;
  if (texts === undefined || router.awaits.size === 0) return decideNow(gateway, router, workload, texts, undefined);
  const facts = gather(gateway, router, workload, texts);
  return facts instanceof Promise
    ? facts.then((told) => decideNow(gateway, router, workload, texts, told))
    : decideNow(gateway, router, workload, texts, facts);
}

function decideNow(
  gateway: Decider,
  router: Router,
  workload: Workload,
  texts: RequestTexts | undefined,
  facts: DecideInput['facts'],
): Decided {
  const decision = decide(router, {
    id: newDecisionId(),
    at: gateway.clock.now(),
    workload,
    texts,
    facts,
    learner: gateway.learner(),
    pools: gateway.pools.snapshot(),
    inputTokens: gateway.calibration.inputTokens,
    retryAfterSeconds: gateway.pools.retryAfterSeconds,
    draw: gateway.random(),
  });
  return { workload, decision };
}

/** Sees and decides, as `decideOn` does. */
export function startRun(
  gateway: Gateway,
  request: InferenceRequest,
  inbound: IncomingHttpHeaders,
): Run | Promise<Run> {
  const startedMs = gateway.clock.monotonicMs();
  const router = gateway.router();
  const decided = decideOn(gateway, router, request);
  return decided instanceof Promise
    ? decided.then((told) => runOf(gateway, router, request, inbound, told, startedMs))
    : runOf(gateway, router, request, inbound, decided, startedMs);
}

function runOf(
  gateway: Gateway,
  router: Router,
  request: InferenceRequest,
  inbound: IncomingHttpHeaders,
  { workload, decision }: Decided,
  startedMs: number,
): Run {
  return {
    spanId: gateway.traceRatio === undefined ? undefined : newSpanId(gateway.random),
    gateway,
    router,
    request,
    inbound,
    workload,
    decision,
    startedMs,
    attempts: [],
    waitedMs: 0,
    waitingSinceMs: undefined,
  };
}

/** What the request weighs for that pool's model. */
export function inputTokens(run: Run, pool: string): number {
  return run.gateway.calibration.inputTokens(run.workload, armOf(run, pool).model);
}

const NO_EXTRAS: Extras = { logprobs: false, usage: false };

/** What is asked for beyond the caller's own wishes: usage to account for a stream, log-probabilities to judge a stage by. */
export function extrasOf(run: Run, stage: Stage, pool: string): Extras {
  const { operation, body } = run.request;
  if (operation === 'embedding') return NO_EXTRAS;
  const logprobs =
    operation === 'chat' && stage.accept?.minMeanLogprob !== undefined && run.request.body.logprobs !== true;
  const usage =
    run.workload.stream &&
    body.stream_options?.include_usage !== true &&
    run.router.plan.pools.get(pool)?.asksUsage === true;
  return logprobs || usage ? { logprobs, usage } : NO_EXTRAS;
}

/** What an upstream is told of the trace: as the caller sent it (undefined: that), or that its parent is this request's span. */
export function traceparentOf({ gateway, spanId, inbound, decision }: Run): string | undefined {
  if (spanId === undefined || gateway.traceRatio === undefined) return undefined;
  return childTraceparent(parseTraceparent(receivedTraceparent(inbound)), decision.id, spanId, gateway.traceRatio);
}

export function receivedTraceparent({ traceparent }: IncomingHttpHeaders): string | undefined {
  return Array.isArray(traceparent) ? traceparent[0] : traceparent;
}

/** The route's timeouts, with what is left of the whole request's. */
export function timeoutsLeft(run: Run, nowMs: number): UpstreamTimeouts {
  const { ttftMs, itlMs, totalMs } = run.decision.timeouts;
  return { ttftMs, itlMs, totalMs: totalMs - (nowMs - run.startedMs) };
}

/** Gives the time at which it was (monotonic ms). */
export function startWaiting(run: Run): number {
  return (run.waitingSinceMs = run.gateway.clock.monotonicMs());
}

export function stopWaiting(run: Run): void {
  if (run.waitingSinceMs === undefined) return;
  run.waitedMs += run.gateway.clock.monotonicMs() - run.waitingSinceMs;
  run.waitingSinceMs = undefined;
}

/** Sluice's own time so far: all of it but the waiting for upstreams. */
export function overheadMs(run: Run): number {
  const now = run.gateway.clock.monotonicMs();
  const waiting = run.waitingSinceMs === undefined ? 0 : now - run.waitingSinceMs;
  return Math.max(0, now - run.startedMs - run.waitedMs - waiting);
}

export function armOf(run: Run, pool: string): Arm {
  const arm = run.router.arms.get(pool);
  if (arm === undefined) throw new Error(`decision names pool "${pool}" that its plan does not have`);
  return arm;
}

/** Adds what every answer carries; pool and model are those that answered, if any did. */
export function addDecisionHeaders(headers: HeaderList, run: Run, pool: string | undefined): HeaderList {
  const { decision } = run;
  const arm = armOf(run, pool ?? decision.stages[0].pool);
  headers.push(
    'x-sluice-decision-id',
    decision.id,
    'x-sluice-route',
    decision.route,
    'x-sluice-pool',
    arm.pool,
    'x-sluice-model',
    headerSafe(arm.model),
    'x-sluice-reason',
    headerSafe(decision.reason),
    'x-sluice-overhead-ms',
    overheadMs(run).toFixed(3),
  );
  return headers;
}

/** What an attempt is known by when it has ended. */
export interface AttemptFacts {
  readonly stage: number;
  readonly pool: string;
  readonly endpoint: string;
  readonly status: number | undefined;
  readonly queuedMs: number;
  /** undefined: it was never sent. */
  readonly sentAtMs: number | undefined;
  readonly errorCode?: string | undefined;
  readonly ttftMs?: number | undefined;
  readonly itlMs?: number | undefined;
  readonly usage?: Usage | undefined;
}

/** Its verdict may still come. */
export type NotedAttempt = Attempt & { verdict: string | undefined };

/** Adds an attempt to the run, with its cost by the plan's prices. */
export function noteAttempt(run: Run, facts: AttemptFacts): NotedAttempt {
  const { usage, sentAtMs } = facts;
  const attempt: NotedAttempt = {
    stage: facts.stage,
    pool: facts.pool,
    endpoint: facts.endpoint,
    status: facts.status,
    errorCode: facts.errorCode,
    queuedMs: facts.queuedMs,
    sentMs: sentAtMs === undefined ? undefined : sentAtMs - run.startedMs,
    tookMs: sentAtMs === undefined ? undefined : run.gateway.clock.monotonicMs() - sentAtMs,
    ttftMs: facts.ttftMs,
    itlMs: facts.itlMs,
    usage,
    costUsd:
      usage === undefined
        ? 0
        : costUsd(armOf(run, facts.pool).price, usage.inputTokens, usage.cachedInputTokens, usage.outputTokens),
    verdict: undefined,
  };
  run.attempts.push(attempt);
  return attempt;
}

export interface Ending {
  readonly finish: Finish;
  readonly status: number;
  readonly error: SluiceError | undefined;
  readonly errorCode?: string;
  readonly answeredBy: string | undefined;
}
