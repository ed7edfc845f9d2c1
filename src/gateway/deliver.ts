// An upstream's answer to its caller: streamed through, sent in one piece, or held back until it has been judged.
import type { Attempt, Usage } from '../feedback/index.ts';
import type { Answer } from '../router/index.ts';
import type { Reached } from './ask.ts';
import { gatewayErrors } from './errors.ts';
import { answerHeaders } from './http/headers.ts';
import { collect, relay } from './http/relay.ts';
import { readPlainAnswer, readStreamedAnswer, withoutLogprobs, type ReadAnswer } from './read-answer.ts';
import { decisionHeaders, noteAttempt, stopWaiting, type Ending, type Run } from './run.ts';
import { createStreamTap } from './stream-tap.ts';
import type { Client } from './types.ts';
import { createUsageFilter, withoutUsage } from './usage-filter.ts';

/** A plain answer larger than this is no answer of a language model. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;

/** The stage's answer goes to the caller, whatever it says. */
export async function deliver(run: Run, reached: Reached, stage: number, client: Client): Promise<Ending> {
  const { status } = reached.head;
  return isEventStream(reached) && status < 400
    ? await stream(run, reached, stage, client)
    : await sendWhole(run, reached, stage, client);
}

async function stream(run: Run, reached: Reached, stage: number, client: Client): Promise<Ending> {
  const { pool, lease, exchange, head } = reached;
  const tap = createStreamTap();
  const first = firstByteClock(run, reached);
  client.begin(head.status, { ...answerHeaders(head.headers), ...decisionHeaders(run, pool) });
  const see = (chunk: Buffer): void => {
    first.see();
    tap.see(chunk);
  };
  const relayed = await relay(exchange, client, see, reached.extras.usage ? createUsageFilter() : undefined);
  stopWaiting(run);
  const { usage, estimatedOutputTokens } = tap.outputTokens();
  const noteEnd = (errorCode: string | undefined): void => {
    const counted = toUsage(run, usage, estimatedOutputTokens);
    note(run, reached, stage, { errorCode, usage: counted, ttftMs: first.ttftMs() });
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

async function sendWhole(run: Run, reached: Reached, stage: number, client: Client): Promise<Ending> {
  const { pool, lease, exchange, head } = reached;
  const collected = await collect(exchange, client, ANSWER_LIMIT_BYTES, () => undefined);
  stopWaiting(run);
  if (collected.kind === 'abandoned') {
    note(run, reached, stage, { errorCode: 'abandoned' });
    return { finish: 'abandoned', status: 499, error: undefined, answeredBy: undefined };
  }
  const failWith = (error: ReturnType<typeof gatewayErrors.badAnswer>): Ending => {
    lease.failed(error.code);
    note(run, reached, stage, { errorCode: error.code });
    client.fail(error, decisionHeaders(run, pool));
    return { finish: 'failed', status: error.spec.status, error, answeredBy: undefined };
  };
  if (collected.kind === 'broken') return failWith(collected.error);
  if (collected.kind === 'too-large') return failWith(gatewayErrors.badAnswer(pool, 'with more than 64 MiB'));

  const headers = { ...answerHeaders(head.headers), ...decisionHeaders(run, pool) };
  if (head.status >= 400) {
    if (!isJson(reached)) return failWith(gatewayErrors.badAnswer(pool, `${head.status} without a JSON error`));
    // The upstream's own error, in its own words: the caller's fault or the upstream's, the status says.
    const errorCode = `upstream_${head.status}`;
    note(run, reached, stage, { errorCode });
    client.send(head.status, headers, lease.withoutKey(collected.bytes));
    return { finish: 'failed', status: head.status, error: undefined, errorCode, answeredBy: undefined };
  }
  const read = readPlainAnswer(collected.bytes);
  if (read === undefined)
    return failWith(gatewayErrors.badAnswer(pool, 'with something that is not a chat completion'));
  lease.succeeded();
  note(run, reached, stage, { usage: toUsage(run, read.usage, estimateTokens(read.answer)) });
  client.send(head.status, headers, collected.bytes);
  return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly answer: Answer; readonly bytes: Buffer; judged(verdict: string): void }
  | { readonly kind: 'failed'; readonly reason: string; judged(verdict: string): void }
  | { readonly kind: 'abandoned' };

/** A cascade's answer, held back: read, accounted for, and not yet sent. */
export async function fetchAnswer(run: Run, reached: Reached, stage: number, client: Client): Promise<Fetched> {
  const { lease, exchange, head } = reached;
  const first = firstByteClock(run, reached);
  const collected = await collect(exchange, client, ANSWER_LIMIT_BYTES, () => first.see());
  stopWaiting(run);
  if (collected.kind === 'abandoned') {
    note(run, reached, stage, { errorCode: 'abandoned' });
    return collected;
  }
  const failed = (errorCode: string): Fetched => {
    const judged = note(run, reached, stage, { errorCode });
    return { kind: 'failed', reason: errorCode, judged };
  };
  if (collected.kind !== 'whole') {
    const code = collected.kind === 'broken' ? collected.error.code : 'answer_too_large';
    lease.failed(code);
    return failed(code);
  }
  if (head.status >= 400) return failed(`upstream_${head.status}`);
  const streamed = isEventStream(reached);
  const read = streamed ? readStreamedAnswer(collected.bytes) : readPlainAnswer(collected.bytes);
  if (read === undefined) {
    lease.failed('unreadable_answer');
    return failed('unreadable_answer');
  }
  lease.succeeded();
  const judged = note(run, reached, stage, {
    usage: toUsage(run, read.usage, estimateTokens(read.answer)),
    ttftMs: streamed ? first.ttftMs() : undefined,
  });
  return { kind: 'fetched', answer: read.answer, bytes: collected.bytes, judged };
}

/** The accepted answer, as it came but for what only Sluice had asked for. */
export function deliverHeld(run: Run, reached: Reached, fetched: { readonly bytes: Buffer }, client: Client): Ending {
  const { head, pool, extras } = reached;
  const streamed = isEventStream(reached);
  const asked = extras.usage && streamed ? withoutUsage(fetched.bytes) : fetched.bytes;
  const bytes = extras.logprobs ? withoutLogprobs(asked, streamed) : asked;
  client.send(head.status, { ...answerHeaders(head.headers), ...decisionHeaders(run, pool) }, bytes);
  return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
}

function contentType(reached: Reached): string {
  const value = reached.head.headers['content-type'];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

function isEventStream(reached: Reached): boolean {
  return contentType(reached).startsWith('text/event-stream');
}

function isJson(reached: Reached): boolean {
  return /^application\/(?:[a-z.-]+\+)?json\b/.test(contentType(reached));
}

/** About four characters a token, where the upstream did not count. */
function estimateTokens(answer: Answer): number {
  return Math.ceil(answer.text.length / 4);
}

function toUsage(run: Run, reported: ReadAnswer['usage'], estimatedOutputTokens: number): Usage {
  return reported === undefined
    ? {
        inputTokens: run.workload.tokens.input,
        outputTokens: estimatedOutputTokens,
        cachedInputTokens: 0,
        estimated: true,
      }
    : { ...reported, cachedInputTokens: 0, estimated: false };
}

function note(
  run: Run,
  { pool, lease, head }: Reached,
  stage: number,
  told: Partial<Pick<Attempt, 'errorCode' | 'usage' | 'ttftMs'>>,
): (verdict: string) => void {
  return noteAttempt(run, { stage, pool, endpoint: lease.endpoint, status: head.status, ...told });
}

/** TTFT: from sending the request to the first piece of the answer's body. */
function firstByteClock(run: Run, reached: Reached): { see(): void; ttftMs(): number | undefined } {
  let at: number | undefined;
  return {
    see: () => {
      at ??= run.gateway.clock.monotonicMs();
    },
    ttftMs: () => (at === undefined ? undefined : at - reached.sentAtMs),
  };
}
