// An upstream's answer to its caller: streamed through, sent in one piece, or held back until it has been judged.
import type { SluiceError } from '../base/index.ts';
import type { Usage } from '../feedback/index.ts';
import type { Answer } from '../router/index.ts';
import type { Reached } from './ask.ts';
import { gatewayErrors } from './errors.ts';
import { answerHeaders } from './http/headers.ts';
import { collect, relay } from './http/relay.ts';
import {
  readPlainAnswer,
  readStreamedAnswer,
  usageAtTheEnd,
  withoutLogprobs,
  type ReportedUsage,
} from './read-answer.ts';
import {
  addDecisionHeaders,
  noteAttempt,
  stopWaiting,
  type AttemptFacts,
  type Ending,
  type NotedAttempt,
  type Run,
} from './run.ts';
import { StreamReader, withoutUsage } from './stream-reader.ts';
import type { Client } from './types.ts';

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
  const reader = new StreamReader(reached.extras.usage);
  const first = firstByteClock(run, reached);
  client.begin(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool));
  const relayed = await relay(exchange, client, reader, first.see);
  stopWaiting(run);
  const noteEnd = (errorCode: string | undefined): void => {
    const usage = toUsage(run, reader.usage, reader.estimatedOutputTokens);
    note(run, reached, stage, { errorCode, usage, ttftMs: first.ttftMs() });
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
  const collected = await collect(exchange, client, ANSWER_LIMIT_BYTES, nothing);
  stopWaiting(run);
  switch (collected.kind) {
    case 'abandoned':
      note(run, reached, stage, { errorCode: 'abandoned' });
      return { finish: 'abandoned', status: 499, error: undefined, answeredBy: undefined };
    case 'broken':
      return refuse(run, reached, stage, client, collected.error);
    case 'too-large':
      return refuse(run, reached, stage, client, gatewayErrors.badAnswer(pool, 'with more than 64 MiB'));
    case 'whole':
  }
  const { bytes } = collected;
  if (head.status >= 400) {
    if (!isJson(reached)) {
      return refuse(run, reached, stage, client, gatewayErrors.badAnswer(pool, `${head.status} without a JSON error`));
    }
    // The upstream's own error, in its own words: the caller's fault or the upstream's, the status says.
    const errorCode = `upstream_${head.status}`;
    note(run, reached, stage, { errorCode });
    client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), lease.withoutKey(bytes));
    return { finish: 'failed', status: head.status, error: undefined, errorCode, answeredBy: undefined };
  }
  const usage = usageOf(run, bytes);
  if (usage === undefined) {
    const error = gatewayErrors.badAnswer(pool, 'with something that is not a chat completion');
    return refuse(run, reached, stage, client, error);
  }
  lease.succeeded();
  note(run, reached, stage, { usage });
  client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), bytes);
  return { finish: 'completed', status: head.status, error: undefined, answeredBy: pool };
}

/** Nothing of the answer has gone to the caller yet: they get an error instead of it. */
function refuse(run: Run, reached: Reached, stage: number, client: Client, error: SluiceError): Ending {
  const { lease, pool } = reached;
  lease.failed(error.code);
  note(run, reached, stage, { errorCode: error.code });
  client.fail(error, addDecisionHeaders([], run, pool));
  return { finish: 'failed', status: error.spec.status, error, answeredBy: undefined };
}

/** undefined: not an answer. */
function usageOf(run: Run, bytes: Buffer): Usage | undefined {
  const reported = usageAtTheEnd(bytes);
  if (reported !== undefined) return toUsage(run, reported, 0);
  const read = readPlainAnswer(bytes);
  return read === undefined ? undefined : toUsage(run, read.usage, estimateTokens(read.answer));
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly answer: Answer; readonly bytes: Buffer; readonly attempt: NotedAttempt }
  | { readonly kind: 'failed'; readonly reason: string; readonly attempt: NotedAttempt }
  | { readonly kind: 'abandoned' };

/** A cascade's answer, held back: read, accounted for, and not yet sent. */
export async function fetchAnswer(run: Run, reached: Reached, stage: number, client: Client): Promise<Fetched> {
  const { lease, exchange, head } = reached;
  const first = firstByteClock(run, reached);
  const collected = await collect(exchange, client, ANSWER_LIMIT_BYTES, first.see);
  stopWaiting(run);
  if (collected.kind === 'abandoned') {
    note(run, reached, stage, { errorCode: 'abandoned' });
    return collected;
  }
  const failed = (errorCode: string): Fetched => {
    return { kind: 'failed', reason: errorCode, attempt: note(run, reached, stage, { errorCode }) };
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
  const attempt = note(run, reached, stage, {
    usage: toUsage(run, read.usage, estimateTokens(read.answer)),
    ttftMs: streamed ? first.ttftMs() : undefined,
  });
  return { kind: 'fetched', answer: read.answer, bytes: collected.bytes, attempt };
}

/** The accepted answer, as it came but for what only Sluice had asked for. */
export function deliverHeld(run: Run, reached: Reached, fetched: { readonly bytes: Buffer }, client: Client): Ending {
  const { head, pool, extras } = reached;
  const streamed = isEventStream(reached);
  const asked = extras.usage && streamed ? withoutUsage(fetched.bytes) : fetched.bytes;
  const bytes = extras.logprobs ? withoutLogprobs(asked, streamed) : asked;
  client.send(head.status, addDecisionHeaders(answerHeaders(head.headers), run, pool), bytes);
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

function toUsage(run: Run, reported: ReportedUsage | undefined, estimatedOutputTokens: number): Usage {
  const { inputTokens, outputTokens } = reported ?? {
    inputTokens: run.workload.tokens.input,
    outputTokens: estimatedOutputTokens,
  };
  return { inputTokens, outputTokens, estimated: reported === undefined };
}

function note(
  run: Run,
  { pool, lease, head }: Reached,
  stage: number,
  { errorCode, usage, ttftMs }: Pick<AttemptFacts, 'errorCode' | 'usage' | 'ttftMs'>,
): NotedAttempt {
  return noteAttempt(run, { stage, pool, endpoint: lease.endpoint, status: head.status, errorCode, usage, ttftMs });
}

/** TTFT: from sending the request to the first piece of the answer's body. */
function firstByteClock(run: Run, reached: Reached): { see(): void; ttftMs(): number | undefined } {
  let at: number | undefined;
  return {
    see: () => {
      at = run.gateway.clock.monotonicMs();
    },
    ttftMs: () => (at === undefined ? undefined : at - reached.sentAtMs),
  };
}

function nothing(): void {
  // A plain answer's first byte tells nothing.
}
