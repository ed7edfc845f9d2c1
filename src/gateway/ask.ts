// One stage's question to a pool: attempts on its endpoints and then on its fallbacks, all before anything goes to the caller.
import type { SluiceError } from '../base/index.ts';
import { poolErrors, type Ask } from '../pool/index.ts';
import type { Stage } from '../router/index.ts';
import { ABANDONED, attempt, endInVain, type Abandoned, type Failed, type Reached, type Taken } from './attempt.ts';
import { inputTokens, noteAttempt, startWaiting, stopWaiting, timeoutsLeft, type Run } from './run.ts';
import type { Client } from './types.ts';

/** Endpoints of one pool that are tried before going on to the next pool. */
const ENDPOINTS_PER_POOL = 2;

const TOTAL_TIMEOUT = poolErrors.totalTimeout.spec.code;

export type Asked = Reached | Failed | Abandoned;

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
        if (last.code === TOTAL_TIMEOUT || timeoutsLeft(run, run.gateway.clock.monotonicMs()).totalMs <= 0)
          return { kind: 'failed', error: last };
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
      sent = true;
      const asked = await attempt(run, stage, stageIndex, taken, client);
      if (asked.kind === 'reached' || asked.kind === 'abandoned') return asked;
      tried = including(tried, taken.lease.endpoint);
      if (asked.kind === 'flawed') {
        const anotherHere = n < ENDPOINTS_PER_POOL && pools.canAcquire(pool, tried);
        const another = anotherHere || stage.fallbacks.slice(at + 1).some((name) => pools.canAcquire(name, undefined));
        // Who else could take it is paid for; if nobody can, this answer, error or not, is the caller's.
        if (!atHand && !(another && (paid = pools.mayRetry(stage.pool)))) return asked.reached;
        asked.reached.exchange.abort();
        if (endInVain(run, asked.reached, asked.code, client)) return ABANDONED;
      }
      last = asked.error;
    }
  }
  return { kind: 'failed', error: last ?? pools.noEndpoint(stage.pool) };
}

function including(tried: ReadonlySet<string> | undefined, endpoint: string): ReadonlySet<string> {
  return new Set(tried).add(endpoint);
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
  }, timeoutsLeft(run, run.gateway.clock.monotonicMs()).totalMs);
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
