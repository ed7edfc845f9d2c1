// A finished request as OTLP spans, made after the fact: one for the request, one for each attempt. Facts only, never any text of a prompt.
import { isSampled, newSpanId, parseTraceparent, traceIdOf, type Random, type RequestFinished } from '../base/index.ts';

/** OTLP's JSON: ids in hex, 64-bit integers and times (ns) as decimal strings. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: typeof SERVER | typeof CLIENT;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: typeof ERROR };
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean };

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

/** As the GenAI conventions spell them. */
const OPERATIONS: Readonly<Record<RequestFinished['operation'], string>> = {
  chat: 'chat',
  completion: 'text_completion',
  embedding: 'embeddings',
};

/** The conventions' name for whoever is spoken to in OpenAI's protocol; `server.address` says who it is. */
const PROVIDER = 'openai';

type Told = string | number | boolean | undefined;

/** Whether spans are to be made of it: as the caller said, else of a share of all. */
export function wantsSpans(event: RequestFinished, ratio: number): boolean {
  return isSampled(parseTraceparent(event.traceparent), event.decisionId, ratio);
}

/** The request's span first. `random` makes the ids of attempts, and the request's where the gateway made none. */
export function spansOf(event: RequestFinished, random: Random): readonly OtlpSpan[] {
  const parent = parseTraceparent(event.traceparent);
  const traceId = parent?.traceId ?? traceIdOf(event.decisionId);
  const spanId = event.spanId ?? newSpanId(random);
  const request: OtlpSpan = {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent.parentId }),
    name: `${OPERATIONS[event.operation]} ${event.requestedModel}`,
    kind: SERVER,
    startTimeUnixNano: nanoseconds(event.startedAt),
    endTimeUnixNano: nanoseconds(event.startedAt + event.e2eMs),
    attributes: requestAttributes(event),
    // A caller's mistake is no error of the server's.
    status: event.finish === 'interrupted' || event.status >= 500 ? { code: ERROR } : {},
  };
  return [request, ...event.attempts.map((_, at) => attemptSpan(event, at, { traceId, parentSpanId: spanId }, random))];
}

function requestAttributes(event: RequestFinished): OtlpAttribute[] {
  const usage = event.attempts.findLast(({ pool }) => pool === event.pool)?.usage;
  let costUsd = 0;
  for (const attempt of event.attempts) costUsd += attempt.costUsd;
  return attributes({
    'gen_ai.operation.name': OPERATIONS[event.operation],
    'gen_ai.provider.name': PROVIDER,
    'gen_ai.request.model': event.requestedModel,
    'gen_ai.response.model': event.model,
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'http.request.method': 'POST',
    'http.response.status_code': event.status,
    'error.type': event.errorCode,
    'sluice.decision_id': event.decisionId,
    'sluice.route': event.route,
    'sluice.strategy': event.strategy,
    'sluice.pool': event.pool,
    'sluice.workload.kind': event.workloadKind,
    'sluice.topic': event.topic,
    'sluice.finish': event.finish,
    'sluice.stream': event.stream,
    'sluice.cost_usd': double(costUsd),
    'sluice.ttft_ms': double(event.ttftMs),
    'sluice.overhead_ms': double(event.overheadMs),
  });
}

function attemptSpan(
  event: RequestFinished,
  at: number,
  place: { readonly traceId: string; readonly parentSpanId: string },
  random: Random,
): OtlpSpan {
  const attempt = event.attempts[at];
  if (attempt === undefined) throw new Error(`there is no attempt ${at}`);
  const { pool, endpoint, usage, errorCode } = attempt;
  const sentAt = event.startedAt + (attempt.sentMs ?? 0);
  const endedAt = attempt.tookMs === undefined ? event.startedAt + event.e2eMs : sentAt + attempt.tookMs;
  return {
    ...place,
    spanId: newSpanId(random),
    name: `${OPERATIONS[event.operation]} ${pool}`,
    kind: CLIENT,
    startTimeUnixNano: nanoseconds(sentAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributes({
      ...serverOf(endpoint),
      'http.request.method': 'POST',
      'http.request.resend_count': at === 0 ? undefined : at,
      'http.response.status_code': attempt.status,
      'error.type': errorCode,
      'sluice.pool': pool,
      'sluice.stage': attempt.stage,
      // Not as gen_ai.usage: whoever adds up spans would count an answer twice.
      'sluice.input_tokens': usage?.inputTokens,
      'sluice.cached_input_tokens': usage?.cachedInputTokens,
      'sluice.output_tokens': usage?.outputTokens,
      'sluice.cost_usd': double(attempt.costUsd),
      'sluice.ttft_ms': double(attempt.ttftMs),
      'sluice.itl_ms': double(attempt.itlMs),
      'sluice.queued_ms': double(attempt.queuedMs),
    }),
    // Who was left by its caller did nothing wrong.
    status: errorCode === undefined || errorCode === 'abandoned' ? {} : { code: ERROR },
  };
}

function serverOf(endpoint: string): { 'server.address': string; 'server.port': number | undefined } {
  if (!URL.canParse(endpoint)) return { 'server.address': endpoint, 'server.port': undefined };
  const { hostname, port, protocol } = new URL(endpoint);
  if (hostname === '') return { 'server.address': endpoint, 'server.port': undefined };
  return { 'server.address': hostname, 'server.port': port === '' ? DEFAULT_PORTS[protocol] : Number(port) };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Whole numbers are integers unless they are said to be measures. */
export function attributes(told: Readonly<Record<string, Told | { readonly double: number }>>): OtlpAttribute[] {
  const list: OtlpAttribute[] = [];
  for (const key in told) {
    const value = told[key];
    if (value !== undefined) list.push({ key, value: otlpValue(value) });
  }
  return list;
}

function otlpValue(value: string | number | boolean | { readonly double: number }): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'object') return { doubleValue: value.double };
  return { intValue: String(value) };
}

function double(value: number | undefined): { readonly double: number } | undefined {
  return value === undefined ? undefined : { double: value };
}

/** To the microsecond: as ns it would not fit a number. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}
