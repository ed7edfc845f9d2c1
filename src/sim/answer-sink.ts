// Puts an answer on the wire as it is generated, whole or broken as a fault says.
import type { ServerResponse } from 'node:http';
import type { Fault, FaultKind } from './faults.ts';
import type { AnswerFormat, SentUsage, Usage } from './job.ts';
import { eventMangler } from './mangle-events.ts';
import { errorEnvelope, refusal } from './wire-error.ts';

export interface AnswerSink {
  /** Tokens `from` (inclusive) to `to` (exclusive) of a run are there; `last` = the answer ends with them. */
  tokens(run: number, from: number, to: number, last: boolean): void;
  /** The same, and there the answer breaks off. */
  breakOff(run: number, from: number, to: number): void;
}

/** Those that let half of the answer through. */
export const BREAKING: ReadonlySet<FaultKind | undefined> = new Set(['cut', 'half-event', 'error-event'] as const);

const NULL_USAGE = {
  prompt_tokens: null,
  completion_tokens: null,
  total_tokens: null,
  prompt_tokens_details: null,
} as const;

function sentUsage(usage: Usage, fault: Fault | undefined): SentUsage {
  if (fault?.kind === 'no-usage') return undefined;
  return fault?.kind === 'null-usage' ? NULL_USAGE : usage;
}

const brokenOff = (): string =>
  JSON.stringify(errorEnvelope(refusal(500, 'EngineCore encountered an issue (simulated fault).')));

export interface SinkParts {
  readonly raw: ServerResponse;
  readonly format: AnswerFormat;
  readonly fault: Fault | undefined;
  /** Asked once, at the end. */
  readonly usage: () => Usage;
}

/** The body appears with the last token. */
export function plainSink({ raw, format, fault, usage }: SinkParts): AnswerSink {
  const send = (status: number, text: string | Buffer): void => {
    raw.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    raw.end(text);
  };
  return {
    tokens(_run, _from, _to, last) {
      if (last) send(200, format.body(sentUsage(usage(), fault)));
    },
    breakOff() {
      if (fault?.kind === 'error-event') return send(500, brokenOff());
      const body = Buffer.from(format.body(usage()));
      const half = body.subarray(0, body.length >> 1);
      if (fault?.kind === 'half-event') return send(200, half);
      raw.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      raw.write(half, () => raw.destroy());
    },
  };
}

/** Headers go out at once, as vLLM's do. */
export function streamSink({ raw, format, fault, usage }: SinkParts): AnswerSink {
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  raw.flushHeaders();
  const mangle = eventMangler(fault);

  function put(text: string, last: boolean): void {
    const mangled = mangle?.(text) ?? text;
    if (fault?.kind !== 'bytes') return void (last ? raw.end(mangled) : raw.write(mangled));
    for (const byte of Buffer.from(mangled)) raw.write(Uint8Array.of(byte));
    if (last) raw.end();
  }

  return {
    tokens(run, from, to, last) {
      const text = format.events(run, from, to);
      put(last ? text + format.ending(sentUsage(usage(), fault)) : text, last);
    },
    breakOff(run, from, to) {
      const text = format.events(run, from, to);
      if (fault?.kind === 'cut') return void raw.write(text, () => raw.destroy());
      if (fault?.kind === 'error-event') return void raw.end(`${text}data: ${brokenOff()}\n\ndata: [DONE]\n\n`);
      const next = format.ending(undefined);
      raw.end(text + next.slice(0, next.indexOf('\n') >> 1));
    },
  };
}
