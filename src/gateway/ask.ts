// One stage's question to a pool: attempts on its endpoints and then on its fallbacks, all before anything goes to the caller.
import type { SluiceError } from '../base/index.ts';
import { parseRetryAfter, poolErrors, type Ask, type Exchange, type Lease, type ResponseHead } from '../pool/index.ts';
import type { Arm, Stage } from '../router/index.ts';
import { gatewayErrors } from './errors.ts';
import { headFlaw } from './head-flaw.ts';
import { upstreamHeaders } from './http/headers.ts';
import { OPERATIONS } from './operations.ts';
import { rewriteBody, type Extras } from './rewrite-body.ts';
import {
  armOf,
  extrasOf,
  inputTokens,
  noteAttempt,
  startWaiting,
  stopWaiting,
  timeoutsLeft,
  traceparentOf,
  type Run,
} from './run.ts';
import type { Client } from './types.ts';

/** Endpoints of one pool that are tried before going on to the next pool. */
const ENDPOINTS_PER_POOL = 2;

/** Answers that another endpoint or pool may not give. */
const WORTH_ANOTHER = new Set([408, 429, 500, 502, 503, 504]);

const TOTAL_TIMEOUT = poolErrors.totalTimeout.spec.code;

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

interface Failed {
  readonly kind: 'failed';
  readonly error: SluiceError;
}

interface Abandoned {
  readonly kind: 'abandoned';
}

export type Asked = Reached | Failed | Abandoned;

const ABANDONED: Abandoned = { kind: 'abandoned' };

/** `atHand`: an earlier stage's answer could still be given, so an error status is a failure and not the caller's. */
export async function ask(run: Run, stage: Stage, stageIndex: number, client: Client, atHand: boolean): Promise<Asked> {
  const { pools } = run.gateway;
  pools.noteRequest(stage.pool);
  let last: SluiceError | undefined;
  /** Some attempt has gone out, so that a further one counts against the budget; `paid`: it has been counted already. */
  let sent = false;
  let paid = false;
  for (let at = -1; at < stage.fallbacks.length; at++) {
    const pool = at < 0 ? stage.pool : (stage.fallbacks[at] ?? stage.pool);
    /** A first attempt, and most requests need no other, makes no set. */
    let tried: ReadonlySet<string> | undefined;
    for (let n = 1; n <= ENDPOINTS_PER_POOL; n++) {
      if (last !== undefined) {
        if (!pools.canAcquire(pool, tried)) break;
        // Nobody can answer in no time. Timers and the clock can differ by a millisecond.
        if (last.code === TOTAL_TIMEOUT || timeoutsLeft(run).totalMs <= 0) return { kind: 'failed', error: last };
        // An outage is not to be multiplied: the budget is that of the pool that was asked first.
        if (sent && !paid && !pools.mayRetry(stage.pool)) return { kind: 'failed', error: last };
        paid = false;
      }
      const wanted: Ask = { tokens: inputTokens(run, pool), session: run.workload.session, exclude: tried };
      const free = pools.acquire(pool, wanted);
      if (free === 'none') break;
      const taken: Taken | Failed | Abandoned =
        free === 'full'
          ? await wait(run, pool, wanted, stageIndex, client)
          : { kind: 'taken', lease: free, queuedMs: 0 };
      if (taken.kind === 'abandoned') return taken;
      if (taken.kind === 'failed') {
        last = taken.error;
        break;
      }
      const { lease } = taken;
      sent = true;
      const { endpoint } = lease;
      const left = tried;
      const othersLeft = (): boolean =>
        atHand ||
        (((n < ENDPOINTS_PER_POOL && pools.canAcquire(pool, including(left, endpoint))) ||
          stage.fallbacks.slice(at + 1).some((name) => pools.canAcquire(name, undefined))) &&
          (paid = pools.mayRetry(stage.pool)));
      const asked = await attempt(run, stage, stageIndex, taken, othersLeft, client);
      if (asked.kind !== 'failed') return asked;
      last = asked.error;
      tried = including(tried, endpoint);
    }
  }
  return { kind: 'failed', error: last ?? pools.noEndpoint(stage.pool) };
}

function including(tried: ReadonlySet<string> | undefined, endpoint: string): ReadonlySet<string> {
  return new Set(tried).add(endpoint);
}

interface Taken {
  readonly kind: 'taken';
  readonly lease: Lease;
  readonly queuedMs: number;
}

/** Waits in the pool's queue: every endpoint is at its limit. */
async function wait(
  run: Run,
  pool: string,
  wanted: Ask,
  stage: number,
  client: Client,
): Promise<Taken | Failed | Abandoned> {
  const { pools, clock } = run.gateway;
  const waiting = pools.enqueue(pool, wanted);
  client.onGone(() => waiting.cancel());
  const from = clock.monotonicMs();
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    waiting.cancel();
  }, timeoutsLeft(run).totalMs);
  startWaiting(run);
  try {
    const lease = await waiting.lease;
    // It was given back while it was on its way.
    if (client.gone) return ABANDONED;
    if (late) throw poolErrors.leftQueue(pool);
    return { kind: 'taken', lease, queuedMs: clock.monotonicMs() - from };
  } catch (error) {
    const failure = late ? poolErrors.totalTimeout(pool, run.decision.timeouts.totalMs) : (error as SluiceError);
    noteAttempt(run, {
      stage,
      pool,
      endpoint: '',
      status: undefined,
      queuedMs: clock.monotonicMs() - from,
      sentAtMs: undefined,
      errorCode: failure.code,
    });
    return client.gone ? ABANDONED : { kind: 'failed', error: failure };
  } finally {
    clearTimeout(deadline);
    stopWaiting(run);
  }
}

/** `othersLeft`: whether anybody else can take the request now, which is then paid for; if not, the answer at hand, error or not, is the caller's. */
async function attempt(
  run: Run,
  stage: Stage,
  stageIndex: number,
  { lease, queuedMs }: Taken,
  othersLeft: () => boolean,
  client: Client,
): Promise<Asked> {
  const { pool } = lease;
  const arm = armOf(run, pool);
  const extras = extrasOf(run, stage, pool);
  startWaiting(run);
  const sentAtMs = run.waitingSinceMs ?? 0;
  let exchange: Exchange;
  try {
    exchange = lease.dispatch({
      path: OPERATIONS[run.request.operation].upstreamPath,
      headers: upstreamHeaders(run.inbound, endsHere(run, lease), traceparentOf(run)),
      body: rewriteBody(run.request, modelJson(arm), extras),
      timeouts: timeoutsLeft(run),
    });
  } catch (bug) {
    lease[Symbol.dispose]();
    throw bug;
  }
  client.onGone(() => exchange.abort());
  let failure: SluiceError;
  let code: string;
  try {
    const head = await exchange.head;
    const { status } = head;
    const flaw = headFlaw(run, head);
    const bad = status < 400 ? flaw : WORTH_ANOTHER.has(status) ? `with status ${status}` : undefined;
    if (bad === undefined)
      return { kind: 'reached', stage: stageIndex, pool, lease, exchange, head, flaw, extras, sentAtMs, queuedMs };
    failure = gatewayErrors.badAnswer(pool, bad);
    code = status < 400 ? failure.code : `upstream_${status}`;
    if (saysBusy(head)) lease.busy(parseRetryAfter(head.headers['retry-after'], run.gateway.clock.now()));
    else lease.failed(code);
    if (!othersLeft()) {
      return { kind: 'reached', stage: stageIndex, pool, lease, exchange, head, flaw, extras, sentAtMs, queuedMs };
    }
    exchange.abort();
  } catch (error) {
    failure = error as SluiceError;
    ({ code } = failure);
    if (!client.gone) lease.failed(code);
  }
  stopWaiting(run);
  const errorCode = client.gone ? 'abandoned' : code;
  noteAttempt(run, {
    stage: stageIndex,
    pool,
    endpoint: lease.endpoint,
    status: exchange.status === 0 ? undefined : exchange.status,
    queuedMs,
    sentAtMs,
    errorCode,
  });
  lease[Symbol.dispose]();
  return client.gone ? ABANDONED : { kind: 'failed', error: failure };
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
