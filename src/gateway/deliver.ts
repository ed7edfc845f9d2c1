// An upstream's answer to its caller: streamed through, sent in one piece, or held back until it has been judged.
import type { SluiceError } from '../base/index.ts';
import type { Usage } from '../feedback/index.ts';
import type { Answer } from '../router/index.ts';
import { AnswerClock } from './answer-clock.ts';
import type { Reached } from './attempt.ts';
import { gatewayErrors } from './errors.ts';
import { isJson, isStream } from './head-flaw.ts';
import { answerHeaders } from './http/headers.ts';
import { relay } from './http/relay.ts';
import {
  readPlainAnswer,
  readStreamedAnswer,
  usageAtTheEnd,
  withoutLogprobs,
  type ReadAnswer,
  type ReportedUsage,
} from './read-answer.ts';
import { OPERATIONS } from './operations.ts';
import {
  addDecisionHeaders,
  armOf,
  inputTokens,
  noteAttempt,
  stopWaiting,
  type AttemptFacts,
  type Ending,
  type NotedAttempt,
  type Run,
} from './run.ts';
import { StreamReader, withoutUsage } from './stream-reader.ts';
import type { Client } from './types.ts';

/** The stage's answer goes to the caller, whatever it says. */
export function deliver(run: Run, reached: Reached, client: Client): Promise<Ending> | Ending {
  const { pool, head, flaw } = reached;
  if (flaw !== undefined) {
    reached.exchange.abort();
    stopWaiting(run);
    return refuse(run, reached, client, gatewayErrors.badAnswer(pool, flaw));
  }
  if (head.body !== undefined) return sendWhole(run, reached, head.body, client);
  return isStream(head) ? stream(run, reached, client) : sendError(run, reached, client);
}

async function stream(run: Run, reached: Reached, client: Client): Promise<Ending> {
  const { pool, lease, exchange, head } = reached;
  const reader = new StreamReader(reached.extras.usage);
  const timing = new AnswerClock(run.gateway.clock, reached.sentAtMs);
  const { frameEvents } = OPERATIONS[run.request.operation];
  client.begin(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool));
  const relayed = await relay(exchange, pool, client, reader, timing.first);
  stopWaiting(run);
  const noteEnd = (errorCode: string | undefined): void => {
    const usage = toUsage(run, pool, reader.usage, reader.estimatedOutputTokens(frameEvents));
    const { ttftMs } = timing;
    const itlMs = timing.itlMs(usage.outputTokens);
    if (errorCode === undefined) lease.observe(ttftMs, itlMs);
    note(run, reached, { errorCode, usage, ttftMs, itlMs });
  };
  switch (relayed.kind) {
    case 'completed':
      lease.succeeded();
      noteEnd(undefined);
      return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
    case 'interrupted':
      lease.failed(relayed.error.code);
      noteEnd(relayed.error.code);
      return { finish: 'interrupted', status: head.status, error: relayed.error, answeredBy: pool };
    case 'abandoned':
      noteEnd('abandoned');
      return { finish: 'abandoned', status: 499, error: undefined, answeredBy: pool };
  }
}

function sendWhole(run: Run, reached: Reached, bytes: Buffer, client: Client): Ending {
  const { pool, lease, head } = reached;
  stopWaiting(run);
  const usage = usageOf(run, pool, bytes);
  if (usage === undefined) {
    const { answerName } = OPERATIONS[run.request.operation];
    return refuse(run, reached, client, gatewayErrors.badAnswer(pool, `with something that is not ${answerName}`));
  }
  lease.succeeded();
  observePlain(run, reached, usage);
  note(run, reached, { usage });
  client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), bytes);
  return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
}

/** The upstream's own error, in its own words: the caller's fault or the upstream's, the status says. */
async function sendError(run: Run, reached: Reached, client: Client): Promise<Ending> {
  const { pool, lease, exchange, head } = reached;
  let bytes: Buffer;
  try {
    bytes = await exchange.collect();
  } catch (error) {
    stopWaiting(run);
    if (!client.gone) return refuse(run, reached, client, error as SluiceError);
    note(run, reached, { errorCode: 'abandoned' });
    return { finish: 'abandoned', status: 499, error: undefined, answeredBy: undefined };
  }
  stopWaiting(run);
  if (!isJson(head)) {
    return refuse(run, reached, client, gatewayErrors.badAnswer(pool, `${head.status} without a JSON error`));
  }
  const errorCode = `upstream_${head.status}`;
  note(run, reached, { errorCode });
  client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), lease.withoutKey(bytes));
  return { finish: 'failed', status: head.status, error: undefined, errorCode, answeredBy: undefined };
}

/** Nothing of the answer has gone to the caller yet: they get an error instead of it. */
function refuse(run: Run, reached: Reached, client: Client, error: SluiceError): Ending {
  const { lease, pool } = reached;
  lease.failed(error.code);
  note(run, reached, { errorCode: error.code });
  client.fail(error, addDecisionHeaders([], run, pool));
  return { finish: 'failed', status: error.spec.status, error, answeredBy: undefined };
}

/** A plain answer comes whole: its first token is not seen, only how long it took a token, or altogether where there are none. */
function observePlain(run: Run, { lease, sentAtMs }: Reached, { outputTokens }: Usage): void {
  const tookMs = run.gateway.clock.monotonicMs() - sentAtMs;
  if (outputTokens > 0) lease.observe(undefined, tookMs / outputTokens);
  else lease.observe(tookMs, undefined);
}

/** undefined: not an answer. */
function usageOf(run: Run, pool: string, bytes: Buffer): Usage | undefined {
  const reported = usageAtTheEnd(bytes);
  if (reported !== undefined) return toUsage(run, pool, reported, 0);
  const read = readPlainAnswer(bytes, OPERATIONS[run.request.operation].listKey);
  return read === undefined ? undefined : toUsage(run, pool, read.usage, estimateTokens(read.answer));
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly answer: Answer; readonly bytes: Buffer; readonly attempt: NotedAttempt }
  | { readonly kind: 'failed'; readonly reason: string; readonly attempt: NotedAttempt }
  | { readonly kind: 'abandoned' };

/** A cascade's answer, held back: read, accounted for, and not yet sent. */
export async function fetchAnswer(run: Run, reached: Reached, client: Client): Promise<Fetched> {
  const { lease, exchange, head, pool } = reached;
  const timing = new AnswerClock(run.gateway.clock, reached.sentAtMs);
  const streamed = isStream(head);
  // A stream is handed on at its first byte.
  timing.first();
  const failed = (errorCode: string): Fetched => {
    return { kind: 'failed', reason: errorCode, attempt: note(run, reached, { errorCode }) };
  };
  let bytes: Buffer;
  try {
    bytes = head.body ?? (await exchange.collect());
  } catch (error) {
    stopWaiting(run);
    if (client.gone) {
      note(run, reached, { errorCode: 'abandoned' });
      return { kind: 'abandoned' };
    }
    const { code } = error as SluiceError;
    lease.failed(code);
    return failed(code);
  }
  stopWaiting(run);
  if (head.status >= 400) return failed(`upstream_${head.status}`);
  const read = reached.flaw === undefined ? readHeld(bytes, streamed) : undefined;
  if (read === undefined) {
    lease.failed('unreadable_answer');
    return failed('unreadable_answer');
  }
  lease.succeeded();
  const usage = toUsage(run, pool, read.usage, estimateTokens(read.answer));
  const ttftMs = streamed ? timing.ttftMs : undefined;
  const itlMs = streamed ? timing.itlMs(usage.outputTokens) : undefined;
  if (streamed) lease.observe(ttftMs, itlMs);
  else observePlain(run, reached, usage);
  const attempt = note(run, reached, { usage, ttftMs, itlMs });
  return { kind: 'fetched', answer: read.answer, bytes, attempt };
}

/** undefined: not an answer, or not the whole of one. */
function readHeld(bytes: Buffer, streamed: boolean): ReadAnswer | undefined {
  if (!streamed) return readPlainAnswer(bytes, 'choices');
  const reader = new StreamReader(false);
  reader.push(bytes);
  reader.end();
  return reader.failed || !reader.complete ? undefined : readStreamedAnswer(bytes);
}

/** The accepted answer, as it came but for what only Sluice had asked for. */
export function deliverHeld(run: Run, reached: Reached, fetched: { readonly bytes: Buffer }, client: Client): Ending {
  const { head, pool, extras } = reached;
  const streamed = isStream(head);
  const asked = extras.usage && streamed ? withoutUsage(fetched.bytes) : fetched.bytes;
  const bytes = extras.logprobs ? withoutLogprobs(asked, streamed) : asked;
  client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), bytes);
  return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
}

/** About four characters a token, where the upstream did not count. */
function estimateTokens(answer: Answer): number {
  return Math.ceil(answer.text.length / 4);
}

/** What the upstream counted, which the token estimates learn from, or else the estimate. */
function toUsage(run: Run, pool: string, reported: ReportedUsage | undefined, estimatedOutputTokens: number): Usage {
  if (reported === undefined) {
    const estimate = inputTokens(run, pool);
    return { inputTokens: estimate, cachedInputTokens: 0, outputTokens: estimatedOutputTokens, estimated: true };
  }
  const { inputTokens: input, cachedInputTokens, outputTokens } = reported;
  run.gateway.calibration.observe(run.workload, armOf(run, pool).model, input);
  return { inputTokens: input, cachedInputTokens, outputTokens, estimated: false };
}

function note(
  run: Run,
  { stage, pool, lease, head, queuedMs, sentAtMs }: Reached,
  { errorCode, usage, ttftMs, itlMs }: Pick<AttemptFacts, 'errorCode' | 'usage' | 'ttftMs' | 'itlMs'>,
): NotedAttempt {
  return noteAttempt(run, {
    stage,
    pool,
    endpoint: lease.endpoint,
    status: head.status,
    queuedMs,
    sentAtMs,
    errorCode,
    usage,
    ttftMs,
    itlMs,
  });
}
