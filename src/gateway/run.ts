// The state of one request on its way: its decision, its attempts, and how long it waited for others.
import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { newDecisionId, type SluiceError } from '../base/index.ts';
import type { Attempt, DecisionRecord, Finish, Outcome } from '../feedback/index.ts';
import { sparse } from '../learning/index.ts';
import { costUsd, decide, type Arm, type Decision, type Router, type Stage } from '../router/index.ts';
import { buildWorkload, type ChatRequest, type Workload } from '../workload/index.ts';
import { headerSafe } from './http/headers.ts';
import type { Extras } from './rewrite-body.ts';
import type { Gateway } from './types.ts';

const LOGGED_TEXT_BYTES = 4096;

export interface Run {
  readonly gateway: Gateway;
  readonly router: Router;
  readonly request: ChatRequest;
  readonly inbound: IncomingHttpHeaders;
  readonly workload: Workload;
  readonly decision: Decision;
  readonly startedMs: number;
  readonly attempts: Attempt[];
  /** Time spent waiting for upstreams, without the wait under way. */
  waitedMs: number;
  waitingSinceMs: number | undefined;
}

/** Sees and decides. Throws routerErrors; nothing has been recorded then. */
export function startRun(gateway: Gateway, request: ChatRequest, inbound: IncomingHttpHeaders): Run {
  const startedMs = gateway.clock.monotonicMs();
  const router = gateway.router();
  const workload = buildWorkload(request, router.plan.needs.topic ? gateway.eyes : undefined);
  const decision = decide(router, {
    id: newDecisionId(),
    at: gateway.clock.now(),
    workload,
    learner: gateway.learner(),
    pools: gateway.pools.snapshot(),
    draw: gateway.random(),
  });
  return {
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

/** What is asked for beyond the caller's own wishes: usage to account for a stream, log-probabilities to judge a stage by. */
export function extrasOf(run: Run, stage: Stage): Extras {
  const { body } = run.request;
  return {
    logprobs: stage.accept?.minMeanLogprob !== undefined && body.logprobs !== true,
    usage: run.workload.stream && body.stream_options?.include_usage !== true,
  };
}

export function startWaiting(run: Run): void {
  run.waitingSinceMs = run.gateway.clock.monotonicMs();
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

/** The headers that every answer carries; pool and model are those that answered, if any did. */
export function decisionHeaders(run: Run, pool: string | undefined): Record<string, string> {
  const { decision } = run;
  return {
    'x-sluice-decision-id': decision.id,
    'x-sluice-route': decision.route,
    'x-sluice-pool': pool ?? decision.stages[0].pool,
    'x-sluice-model': headerSafe(armOf(run, pool ?? decision.stages[0].pool).model),
    'x-sluice-reason': headerSafe(decision.reason),
    'x-sluice-overhead-ms': overheadMs(run).toFixed(3),
  };
}

export function toDecisionRecord(run: Run): DecisionRecord {
  const { decision, workload } = run;
  const candidates = decision.candidates.map((candidate) => ({ ...candidate, arm: armOf(run, candidate.pool).key }));
  const record: DecisionRecord = {
    v: 2,
    id: decision.id,
    at: decision.at,
    decision: { ...decision, candidates },
    workload: workloadFacts(workload),
    chosen: decision.stages[0].pool,
    context: sparse(workload.context),
    contextFingerprint: run.gateway.contextFingerprint,
  };
  return run.gateway.logText ? { ...record, text: textOf(run.request) } : record;
}

/** The last user message, as much of it as is kept. */
function textOf({ body }: ChatRequest): string {
  const content = body.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const text = typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('\n');
  const bytes = Buffer.from(text);
  // Cut between two characters: the decoder holds half a one back.
  return bytes.length <= LOGGED_TEXT_BYTES ? text : new StringDecoder().write(bytes.subarray(0, LOGGED_TEXT_BYTES));
}

/** What is kept of a request: facts, never its text. */
export function workloadFacts(workload: Workload): Readonly<Record<string, unknown>> {
  const { context, topic, ...facts } = workload;
  void context;
  return { ...facts, topic: topic.topic, topicConfidence: topic.confidence };
}

/** Adds an attempt to the run, with its cost by the plan's prices; the returned function writes a cascade's verdict in. */
export function noteAttempt(
  run: Run,
  facts: Pick<Attempt, 'stage' | 'pool' | 'endpoint' | 'status'> &
    Partial<Pick<Attempt, 'errorCode' | 'ttftMs' | 'itlMs' | 'queuedMs' | 'usage'>>,
): (verdict: string) => void {
  const { usage } = facts;
  const price = armOf(run, facts.pool).price;
  const attempt: Attempt = {
    errorCode: undefined,
    ttftMs: undefined,
    itlMs: undefined,
    queuedMs: 0,
    usage,
    costUsd: usage === undefined ? 0 : costUsd(price, usage.inputTokens, usage.outputTokens),
    verdict: undefined,
    ...facts,
  };
  const at = run.attempts.push(attempt) - 1;
  return (verdict) => {
    run.attempts[at] = { ...attempt, verdict };
  };
}

export interface Ending {
  readonly finish: Finish;
  readonly status: number;
  readonly error: SluiceError | undefined;
  readonly errorCode?: string;
  readonly answeredBy: string | undefined;
}

export function toOutcome(run: Run, ending: Ending): Outcome {
  const { clock } = run.gateway;
  stopWaiting(run);
  let inputTokens = 0;
  let cachedInputTokens = 0;
  let outputTokens = 0;
  let cost = 0;
  let estimated = false;
  for (const attempt of run.attempts) {
    inputTokens += attempt.usage?.inputTokens ?? 0;
    cachedInputTokens += attempt.usage?.cachedInputTokens ?? 0;
    outputTokens += attempt.usage?.outputTokens ?? 0;
    estimated ||= attempt.usage?.estimated ?? false;
    cost += attempt.costUsd;
  }
  return {
    v: 2,
    decisionId: run.decision.id,
    at: clock.now(),
    finish: ending.finish,
    status: ending.status,
    errorCode: ending.error?.code ?? ending.errorCode,
    answeredBy: ending.answeredBy,
    attempts: run.attempts,
    usage: { inputTokens, cachedInputTokens, outputTokens, estimated },
    costUsd: cost,
    ttftMs: run.attempts.findLast(({ pool }) => pool === ending.answeredBy)?.ttftMs,
    e2eMs: clock.monotonicMs() - run.startedMs,
    overheadMs: overheadMs(run),
  };
}
