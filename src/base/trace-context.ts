// W3C trace context: what a caller's `traceparent` says, and the one that goes to an upstream. Pure.
import type { Random } from './random.ts';

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the span of whoever sent it. */
  readonly parentId: string;
  /** 0 to 255; bit 0: sampled. */
  readonly flags: number;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 1;

/** undefined for what is not valid: the trace then begins here. Later versions than 00 are read as far as they agree with it. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  if (text === undefined) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', rest] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === NO_TRACE || parentId === NO_SPAN) return undefined;
  return { traceId, parentId, flags: Number.parseInt(flags, 16) };
}

/** Of a trace that begins with us: the decision's own id, so that either finds the other. */
export function traceIdOf(decisionId: string): string {
  return decisionId.slice(-32);
}

/** 16 hex digits, never all zero. */
export function newSpanId(random: Random): string {
  const high = Math.floor(random() * 0x1_0000_0000);
  const low = Math.floor(random() * 0x1_0000_0000);
  const id = high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  return id === NO_SPAN ? `${NO_SPAN.slice(1)}1` : id;
}

/** Whether spans are to be kept: the parent says; where a trace begins, a share of them, told by its id so that everybody agrees. */
export function isSampled(parent: TraceContext | undefined, decisionId: string, ratio: number): boolean {
  if (parent !== undefined) return (parent.flags & SAMPLED) === SAMPLED;
  return ratio >= 1 || Number.parseInt(decisionId.slice(-8), 16) < ratio * 0x1_0000_0000;
}

/** For the upstream request: the same trace, our span as its parent. `ratio` is the tracing's, of traces that begin here. */
export function childTraceparent(
  parent: TraceContext | undefined,
  decisionId: string,
  spanId: string,
  ratio: number,
): string {
  const flags = isSampled(parent, decisionId, ratio) ? '01' : '00';
  return `00-${parent?.traceId ?? traceIdOf(decisionId)}-${spanId}-${flags}`;
}
