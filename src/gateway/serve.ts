// The conductor: one request from its bytes to its Outcome, read from top to bottom.
import type { IncomingHttpHeaders } from 'node:http';
import type { SluiceError } from '../base/index.ts';
import { judge } from '../router/index.ts';
import type { ChatRequest } from '../workload/index.ts';
import { ask } from './ask.ts';
import { deliver, deliverHeld, fetchAnswer } from './deliver.ts';
import { gatewayErrors } from './errors.ts';
import { decisionHeaders, startRun, toDecisionRecord, toOutcome, type Ending, type Run } from './run.ts';
import type { Client, Gateway } from './types.ts';

/**
 * Throws only before anything is recorded (routerErrors: the caller makes the envelope). After that every way leads to
 * exactly one Outcome. `open` hands over the caller's connection.
 */
export async function serveChat(
  gateway: Gateway,
  request: ChatRequest,
  inbound: IncomingHttpHeaders,
  open: () => Client,
): Promise<void> {
  const run = startRun(gateway, request, inbound);
  gateway.ledger.open(toDecisionRecord(run));
  const client = open();
  let ending: Ending | undefined;
  try {
    ending = await conduct(run, client);
  } catch (error) {
    gateway.reportBug(error);
    ending = fail(run, client, gatewayErrors.internal.with({ cause: error }));
  } finally {
    close(run, ending ?? { finish: 'failed', status: 500, error: undefined, answeredBy: undefined });
  }
}

async function conduct(run: Run, client: Client): Promise<Ending> {
  const { stages } = run.decision;
  /** An answer that failed a check: better than none when every later stage fails. */
  let atHand: (() => Ending) | undefined;
  for (const [index, stage] of stages.entries()) {
    const last = index === stages.length - 1;
    const asked = await ask(run, stage, index, client, atHand !== undefined);
    if (asked.kind === 'abandoned') return abandoned();
    if (asked.kind === 'failed') {
      if (last) return atHand?.() ?? fail(run, client, asked.error);
      deferred(run, stage.pool, asked.error.code);
      continue;
    }
    using _lease = asked.lease;
    if (stage.accept === undefined) return await deliver(run, asked, index, client);

    const fetched = await fetchAnswer(run, asked, index, client);
    if (fetched.kind === 'abandoned') return abandoned();
    let reason = fetched.kind === 'failed' ? fetched.reason : '';
    if (fetched.kind === 'fetched') {
      const { wantsJson, tokens } = run.workload;
      const verdict = judge(fetched.answer, stage.accept, { wantsJson, maxOutputTokens: tokens.maxOutput });
      atHand = () => deliverHeld(run, asked, fetched, client);
      if (verdict.kind === 'accept') {
        fetched.judged('accept');
        return atHand();
      }
      reason = verdict.reason;
    }
    fetched.judged(`defer: ${reason}`);
    deferred(run, stage.pool, reason);
  }
  return fail(run, client, gatewayErrors.internal());
}

function abandoned(): Ending {
  return { finish: 'abandoned', status: 499, error: undefined, answeredBy: undefined };
}

function fail(run: Run, client: Client, error: SluiceError): Ending {
  client.fail(error, decisionHeaders(run, undefined));
  return { finish: 'failed', status: error.spec.status, error, answeredBy: undefined };
}

function deferred(run: Run, pool: string, reason: string): void {
  run.gateway.publish({ kind: 'stage-deferred', route: run.decision.route, pool, reason });
}

function close(run: Run, ending: Ending): void {
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
    operation: 'chat',
    workloadKind: run.workload.kind,
    topic: run.workload.topic.topic,
    finish: outcome.finish,
    status: outcome.status,
    stream: run.workload.stream,
    errorCode: outcome.errorCode,
    attempts: outcome.attempts.map(({ usage, ...attempt }) => ({
      ...attempt,
      itlMs: undefined,
      queuedMs: 0,
      usage: usage === undefined ? undefined : { ...usage, cachedInputTokens: 0 },
    })),
    startedAt: outcome.at - outcome.e2eMs,
    ttftMs: outcome.ttftMs,
    e2eMs: outcome.e2eMs,
    overheadMs: outcome.overheadMs,
    traceparent: undefined,
    spanId: undefined,
  });
}
