// One stage's question to a pool: attempts on its endpoints and then on its fallbacks, all before the first byte of an answer.
import type { SluiceError } from '../base/index.ts';
import type { Exchange, Lease, ResponseHead } from '../pool/index.ts';
import type { Stage } from '../router/index.ts';
import { gatewayErrors } from './errors.ts';
import { upstreamHeaders } from './http/headers.ts';
import { rewriteBody, type Extras } from './rewrite-body.ts';
import { armOf, extrasOf, noteAttempt, startWaiting, stopWaiting, type Run } from './run.ts';
import type { Client } from './types.ts';

/** Endpoints of one pool that are tried before going on to the next pool. */
const ENDPOINTS_PER_POOL = 2;

/** Fixed until the policy sets them. */
const TIMEOUTS = { ttftMs: 300_000, itlMs: 120_000, totalMs: Infinity } as const;

/** Answers that another endpoint or pool may not give. */
const WORTH_ANOTHER = new Set([408, 429, 500, 502, 503, 504]);

/** An upstream that has begun to answer. The lease is the receiver's to dispose of. */
export interface Reached {
  readonly kind: 'reached';
  readonly pool: string;
  readonly lease: Lease;
  readonly exchange: Exchange;
  readonly head: ResponseHead;
  readonly extras: Extras;
  readonly sentAtMs: number;
}

export type Asked = Reached | { readonly kind: 'failed'; readonly error: SluiceError } | { readonly kind: 'abandoned' };

/** `atHand`: an earlier stage's answer could still be given, so an error status is a failure and not the caller's. */
export async function ask(run: Run, stage: Stage, stageIndex: number, client: Client, atHand: boolean): Promise<Asked> {
  const { pools } = run.gateway;
  const names = [stage.pool, ...stage.fallbacks];
  let last: SluiceError | undefined;
  for (const [at, pool] of names.entries()) {
    const tried = new Set<string>();
    for (let n = 1; n <= ENDPOINTS_PER_POOL; n++) {
      const { tokens, session } = run.workload;
      const lease = pools.acquire(pool, { tokens: tokens.input, session, exclude: tried });
      if (lease === 'full' || lease === 'none') break;
      tried.add(lease.endpoint);
      const othersLeft = (): boolean =>
        atHand ||
        (n < ENDPOINTS_PER_POOL && pools.canAcquire(pool, tried)) ||
        names.slice(at + 1).some((name) => pools.canAcquire(name, undefined));
      const asked = await attempt(run, stage, stageIndex, lease, othersLeft, client);
      if (asked.kind !== 'failed') return asked;
      last = asked.error;
    }
  }
  return {
    kind: 'failed',
    error: last ?? pools.noEndpoint(stage.pool),
  };
}

/** `othersLeft`: whether anybody else could take the request now; if not, the answer at hand, error or not, is the caller's. */
async function attempt(
  run: Run,
  stage: Stage,
  stageIndex: number,
  lease: Lease,
  othersLeft: () => boolean,
  client: Client,
): Promise<Asked> {
  const { pool } = lease;
  const extras = extrasOf(run, stage);
  const sentAtMs = run.gateway.clock.monotonicMs();
  startWaiting(run);
  const exchange = lease.dispatch({
    path: '/chat/completions',
    headers: upstreamHeaders(run.inbound, lease.hasApiKey),
    body: rewriteBody(run.request, armOf(run, pool).model, extras),
    timeouts: TIMEOUTS,
  });
  client.onGone(() => exchange.abort());
  const note = (status: number | undefined, errorCode: string | undefined): void => {
    stopWaiting(run);
    noteAttempt(run, { stage: stageIndex, pool, endpoint: lease.endpoint, status, errorCode });
    lease[Symbol.dispose]();
  };
  try {
    const head = await exchange.head;
    if (WORTH_ANOTHER.has(head.status)) {
      const code = `upstream_${head.status}`;
      // Too many requests says that an endpoint is busy, not that it is broken.
      if (head.status !== 429) lease.failed(code);
      if (othersLeft()) {
        exchange.abort();
        note(head.status, code);
        return { kind: 'failed', error: gatewayErrors.badAnswer(pool, `with status ${head.status}`) };
      }
    }
    return { kind: 'reached', pool, lease, exchange, head, extras, sentAtMs };
  } catch (error) {
    if (client.gone) {
      note(undefined, 'abandoned');
      return { kind: 'abandoned' };
    }
    lease.failed((error as SluiceError).code);
    note(undefined, (error as SluiceError).code);
    return { kind: 'failed', error: error as SluiceError };
  }
}
