// One attempt at one endpoint: its request goes out, its answer's head is looked at, and what came to nothing is noted.
import type { SluiceError } from '../base/index.ts';
import { parseRetryAfter, type Exchange, type Lease, type ResponseHead } from '../pool/index.ts';
import type { Arm, Stage } from '../router/index.ts';
import { gatewayErrors } from './errors.ts';
import { headFlaw } from './head-flaw.ts';
import { upstreamHeaders } from './http/headers.ts';
import { OPERATIONS } from './operations.ts';
import { rewriteBody, type Extras } from './rewrite-body.ts';
import {
  armOf,
  extrasOf,
  noteAttempt,
  startWaiting,
  stopWaiting,
  timeoutsLeft,
  traceparentOf,
  type Run,
} from './run.ts';
import type { Client } from './types.ts';

/** Answers that another endpoint or pool may not give. */
const WORTH_ANOTHER = new Set([408, 429, 500, 502, 503, 504]);

/** An upstream that has answered, or begun to stream. The lease is the receiver's to dispose of. */
export interface Reached {
  readonly kind: 'reached';
  readonly stage: number;
  readonly pool: string;
  readonly lease: Lease;
  readonly exchange: Exchange;
  readonly head: ResponseHead;
  /** What is wrong with the answer as far as its head shows. */
  readonly flaw: string | undefined;
  readonly extras: Extras;
  readonly sentAtMs: number;
  readonly queuedMs: number;
}

/** An answer that another endpoint or pool may better; its lease knows. */
export interface Flawed {
  readonly kind: 'flawed';
  readonly reached: Reached;
  readonly error: SluiceError;
  readonly code: string;
}

export interface Failed {
  readonly kind: 'failed';
  readonly error: SluiceError;
}

export interface Abandoned {
  readonly kind: 'abandoned';
}

export interface Taken {
  readonly kind: 'taken';
  readonly lease: Lease;
  readonly queuedMs: number;
}

export const ABANDONED: Abandoned = { kind: 'abandoned' };

/** The lease is the receiver's to dispose of where the answer is `reached` or `flawed`. */
export async function attempt(
  run: Run,
  stage: Stage,
  stageIndex: number,
  { lease, queuedMs }: Taken,
  client: Client,
): Promise<Reached | Flawed | Failed | Abandoned> {
  const { pool } = lease;
  const extras = extrasOf(run, stage, pool);
  const sentAtMs = startWaiting(run);
  let exchange: Exchange;
  try {
    exchange = lease.dispatch({
      path: OPERATIONS[run.request.operation].upstreamPath,
      headers: upstreamHeaders(run.inbound, endsHere(run, lease), traceparentOf(run)),
      body: rewriteBody(run.request, modelJson(armOf(run, pool)), extras),
      timeouts: timeoutsLeft(run, sentAtMs),
    });
  } catch (bug) {
    lease[Symbol.dispose]();
    throw bug;
  }
  client.onGone(() => exchange.abort());
  let head: ResponseHead;
  try {
    head = await exchange.head;
  } catch (failure) {
    const error = failure as SluiceError;
    if (!client.gone) lease.failed(error.code);
    const tried = { stage: stageIndex, lease, exchange, sentAtMs, queuedMs };
    return endInVain(run, tried, error.code, client) ? ABANDONED : { kind: 'failed', error };
  }
  const { status } = head;
  const flaw = headFlaw(run, head);
  const reached: Reached = {
    kind: 'reached',
    stage: stageIndex,
    pool,
    lease,
    exchange,
    head,
    flaw,
    extras,
    sentAtMs,
    queuedMs,
  };
  const bad = status < 400 ? flaw : WORTH_ANOTHER.has(status) ? `with status ${status}` : undefined;
  if (bad === undefined) return reached;
  const error = gatewayErrors.badAnswer(pool, bad);
  const code = status < 400 ? error.code : `upstream_${status}`;
  if (saysBusy(head)) lease.busy(parseRetryAfter(head.headers['retry-after'], run.gateway.clock.now()));
  else lease.failed(code);
  return { kind: 'flawed', reached, error, code };
}

/** Notes an attempt whose answer is nobody's. Whether the caller has left. */
export function endInVain(
  run: Run,
  {
    stage,
    lease,
    exchange,
    sentAtMs,
    queuedMs,
  }: Pick<Reached, 'stage' | 'lease' | 'exchange' | 'sentAtMs' | 'queuedMs'>,
  code: string,
  { gone }: Client,
): boolean {
  stopWaiting(run);
  const { pool, endpoint } = lease;
  const status = exchange.status === 0 ? undefined : exchange.status;
  noteAttempt(run, { stage, pool, endpoint, status, queuedMs, sentAtMs, errorCode: gone ? 'abandoned' : code });
  lease[Symbol.dispose]();
  return gone;
}

/** Whether the caller's credentials are not for the upstream: it has a key of its own, or they are Sluice's. */
function endsHere({ workload }: Run, { hasApiKey }: Lease): boolean {
  return hasApiKey || workload.caller !== undefined;
}

/** Too many requests, or "come back later": the endpoint is busy, not broken. */
function saysBusy({ status, headers }: ResponseHead): boolean {
  return status === 429 || (status === 503 && headers['retry-after'] !== undefined);
}

const MODEL_JSON = new WeakMap<Arm, Buffer>();

/** Written once for each arm of a plan. */
function modelJson(arm: Arm): Buffer {
  let json = MODEL_JSON.get(arm);
  if (json === undefined) MODEL_JSON.set(arm, (json = Buffer.from(JSON.stringify(arm.model))));
  return json;
}
