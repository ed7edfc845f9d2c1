// The conductor: one request from its bytes to its Outcome, read from top to bottom.
import type { IncomingHttpHeaders } from 'node:http';
import type { SluiceError } from '../base/index.ts';
import { judge } from '../router/index.ts';
import type { InferenceRequest } from '../workload/index.ts';
import { ask } from './ask.ts';
import { deliver, deliverHeld, fetchAnswer } from './deliver.ts';
import { gatewayErrors } from './errors.ts';
import { finish } from './finish.ts';
import { refuseOverload } from './overload.ts';
import { recordLayout } from './record-layout.ts';
import { toDecisionRecord } from './record.ts';
import { addDecisionHeaders, startRun, type Ending, type Run } from './run.ts';
import type { Client, Gateway } from './types.ts';

/**
 * Throws, before anything is recorded, routerErrors and gatewayErrors.overloaded (or rejects with them, where an encoder is waited for): the
 * caller makes the envelope. After that every way leads to exactly one Outcome. `open` hands over the caller's connection.
 */
export function serve(
  gateway: Gateway,
  request: InferenceRequest,
  inbound: IncomingHttpHeaders,
  open: () => Client,
): Promise<void> {
  refuseOverload(gateway);
  const run = startRun(gateway, request, inbound);
  if (!(run instanceof Promise)) return begin(run, open);
  // Others may have come while an encoder was waited for.
  return run.then((started) => refuseOverload(gateway) ?? begin(started, open));
}

function begin(run: Run, open: () => Client): Promise<void> {
  run.gateway.ledger.open(toDecisionRecord(run), recordLayout);
  return answer(run, open());
}

async function answer(run: Run, client: Client): Promise<void> {
  let ending: Ending | undefined;
  try {
    ending = await conduct(run, client);
  } catch (error) {
    run.gateway.reportBug(error);
    ending = fail(run, client, gatewayErrors.internal.with({ cause: error }));
  } finally {
    finish(run, ending ?? { finish: 'failed', status: 500, error: undefined, answeredBy: undefined });
  }
}

/** Stage by stage: nearly every request has one, whose answer is the caller's; a cascade judges an answer, and what is not good enough goes on to the next. */
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
    if (stage.accept === undefined) return await deliver(run, asked, client);

    const fetched = await fetchAnswer(run, asked, client);
    if (fetched.kind === 'abandoned') return abandoned();
    let reason = fetched.kind === 'failed' ? fetched.reason : '';
    if (fetched.kind === 'fetched') {
      const { wantsJson, tokens } = run.workload;
      const verdict = judge(fetched.answer, stage.accept, { wantsJson, maxOutputTokens: tokens.maxOutput });
      atHand = () => deliverHeld(run, asked, fetched, client);
      if (verdict.kind === 'accept') {
        fetched.attempt.verdict = 'accept';
        return atHand();
      }
      reason = verdict.reason;
    }
    fetched.attempt.verdict = `defer: ${reason}`;
    deferred(run, stage.pool, reason);
  }
  return fail(run, client, gatewayErrors.internal());
}

function abandoned(): Ending {
  return { finish: 'abandoned', status: 499, error: undefined, answeredBy: undefined };
}

function fail(run: Run, client: Client, error: SluiceError): Ending {
  client.fail(error, addDecisionHeaders([], run, undefined));
  return { finish: 'failed', status: error.spec.status, error, answeredBy: undefined };
}

function deferred(run: Run, pool: string, reason: string): void {
  run.gateway.publish({ kind: 'stage-deferred', route: run.decision.route, pool, reason });
}
