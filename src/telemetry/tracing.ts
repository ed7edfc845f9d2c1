// Spans to an OpenTelemetry collector, as OTLP over HTTP in JSON: buffered, in batches, one export at a time, never in a request's way.
import { Agent, request } from 'undici';
import type { Clock, GatewayEvent, Publish, Random, RequestFinished } from '../base/index.ts';
import { attributes, spansOf, wantsSpans } from './spans.ts';
import type { TracingConfig } from './tracing-config.ts';

/** Requests that wait to be exported; more are dropped, and counted. */
const BUFFER_REQUESTS = 4_096;
/** Of one export: about a millisecond of work. */
const BATCH_REQUESTS = 64;
const EVERY_MS = 1_000;
const TIMEOUT_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;
/** What a collector says when the same spans may be welcome later. */
const RETRYABLE = new Set([429, 502, 503, 504]);

export interface Tracing {
  observe(event: GatewayEvent): void;
  /** Exports what is buffered, as far as the collector takes it. */
  flush(): Promise<void>;
  /** A last flush, for 2 s at most; what is left is counted as lost. */
  close(): Promise<void>;
}

interface Failure {
  readonly detail: string;
  readonly retryable: boolean;
}

/** Tells by `spans-settled` what became of spans. Never throws, never rejects. */
export function createTracing(config: TracingConfig, clock: Clock, random: Random, publish: Publish): Tracing {
  const agent = new Agent({ connections: 1, connectTimeout: TIMEOUT_MS });
  const resource = { attributes: attributes(config.resource) };
  let waiting: RequestFinished[] = [];
  let exporting: Promise<void> | undefined;
  let pauseMs = 0;
  let pausedUntilMs = 0;
  const timer = setInterval(() => void flush(), EVERY_MS).unref();

  function observe(event: GatewayEvent): void {
    if (event.kind !== 'request-finished' || !wantsSpans(event, config.ratio)) return;
    if (waiting.length >= BUFFER_REQUESTS) settle('buffer-full', 1 + event.attempts.length);
    else if (waiting.push(event) >= BATCH_REQUESTS && exporting === undefined) void flush();
  }

  function flush(): Promise<void> {
    exporting ??= exportWaiting().finally(() => {
      exporting = undefined;
    });
    return exporting;
  }

  async function exportWaiting(): Promise<void> {
    while (waiting.length > 0 && clock.monotonicMs() >= pausedUntilMs) {
      const batch = waiting.splice(0, BATCH_REQUESTS);
      const spans = batch.flatMap((event) => spansOf(event, random));
      const failure = await post({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'sluice' }, spans }] }] });
      if (failure === undefined || typeof failure === 'number') {
        const rejected = Math.min(failure ?? 0, spans.length);
        pauseMs = 0;
        settle('exported', spans.length - rejected);
        if (rejected > 0) settle('export-failed', rejected, 'the collector did not take all of an export');
        continue;
      }
      pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(EVERY_MS, pauseMs * 2));
      pausedUntilMs = clock.monotonicMs() + pauseMs;
      if (failure.retryable) waiting = [...batch, ...waiting];
      settle('export-failed', failure.retryable ? 0 : spans.length, failure.detail);
    }
  }

  /** undefined: all taken; a number: so many spans were refused by a collector that took the rest. */
  async function post(body: object): Promise<Failure | number | undefined> {
    try {
      const answer = await request(config.url, {
        dispatcher: agent,
        method: 'POST',
        headers: { ...config.headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      const text = await answer.body.text();
      if (answer.statusCode < 300) return refusedSpans(text);
      return { detail: `the collector answered ${answer.statusCode}`, retryable: RETRYABLE.has(answer.statusCode) };
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return { detail: `the collector cannot be reached: ${code ?? message}`, retryable: true };
    }
  }

  function settle(result: 'exported' | 'buffer-full' | 'export-failed', spans: number, detail?: string): void {
    publish({ kind: 'spans-settled', result, spans, detail });
  }

  return {
    observe,
    flush,
    close: async () => {
      clearInterval(timer);
      pausedUntilMs = 0;
      const deadline = setTimeout(() => void agent.destroy(), 2_000);
      await exporting;
      await flush();
      clearTimeout(deadline);
      await agent.destroy();
      const lost = waiting.reduce((spans, event) => spans + 1 + event.attempts.length, 0);
      waiting = [];
      if (lost > 0) settle('export-failed', lost, 'closed before the collector took them');
    },
  };
}

function refusedSpans(answer: string): number | undefined {
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedSpans?: unknown } };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return rejected > 0 ? rejected : undefined;
  } catch {
    return undefined;
  }
}
