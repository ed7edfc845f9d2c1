// The end of a request: its Outcome into the ledger, its event to whoever watches.
import { receivedTraceparent, toOutcome, type Ending, type Run } from './run.ts';

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
