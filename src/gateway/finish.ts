// The end of a request: its Outcome into the ledger, its event to whoever watches.
import type { Outcome } from '../feedback/index.ts';
import { overheadMs, receivedTraceparent, stopWaiting, type Ending, type Run } from './run.ts';

/** Call once for each run. */
export function finish(run: Run, ending: Ending): void {
  const outcome = toOutcome(run, ending);
  run.gateway.ledger.close(outcome);
  run.gateway.publish({
    kind: 'request-finished',
    decisionId: run.decision.id,
    route: run.decision.route,
    strategy: run.decision.strategy,
    pool: outcome.answeredBy,
    model: outcome.answeredBy === undefined ? undefined : run.router.arms.get(outcome.answeredBy)?.model,
    requestedModel: run.workload.requestedModel,
    operation: run.workload.operation,
    workloadKind: run.workload.kind,
    topic: run.workload.topic.topic,
    confinedBy: run.decision.confined?.by,
    finish: outcome.finish,
    status: outcome.status,
    stream: run.workload.stream,
    errorCode: outcome.errorCode,
    attempts: outcome.attempts,
    startedAt: run.decision.at,
    ttftMs: outcome.ttftMs,
    e2eMs: outcome.e2eMs,
    overheadMs: outcome.overheadMs,
    traceparent: receivedTraceparent(run.inbound),
    spanId: run.spanId,
  });
}

function toOutcome(run: Run, ending: Ending): Outcome {
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
