// Failures on request: by the header `x-sim-fault`, or at random rates that follow from the seed.
import { hashUniform } from '../base/index.ts';
import { simErrors } from './errors.ts';

/** The only request header that changes what the server does. */
export const FAULT_HEADER = 'x-sim-fault';

/** Every fault and what it does: what the header accepts, what `--fault` accepts, what the help and docs/simulator.md print. */
export const SIM_FAULTS = {
  '429': 'answers 429 rate_limit_exceeded with retry-after: 1 (429=VALUE: with that value)',
  '500': 'answers 500 internal_error',
  '503': 'answers 503 service_unavailable with retry-after: 1 (503=VALUE: with that value)',
  hang: 'accepts the request and never sends headers',
  stall: 'sends headers at once and then nothing: no first token',
  cut: 'destroys the socket after half of the answer (mid-stream, or mid-body when not streamed)',
  'half-event': 'ends the answer cleanly in the middle of an event (of the JSON when not streamed)',
  'error-event': 'after half of the answer sends an error object as an event, then [DONE] (a 500 when not streamed)',
  slow: 'generates tokens 10 times slower (slow=TIMES: that many times)',
  garbage: 'answers an HTML page with status 200',
  'html-502': 'answers an HTML page with status 502, as a proxy in front would',
  'not-json': 'answers status 200, content type JSON, and a body that is not',
  'no-done': 'ends a stream without [DONE]',
  'no-usage': 'leaves usage out, also where it was asked for',
  'null-usage': 'sends a usage object whose counts are null',
  'huge-event': 'makes the first event of a stream 10 MB long (huge-event=BYTES: that long)',
  'tight-events': 'writes `data:` without the space after it',
  crlf: 'ends the lines of a stream with CR LF',
  comments: 'sends a comment line before every event of a stream',
  bytes: 'sends every byte of a stream as a chunk of its own, so that characters are split',
  empty: 'answers with empty content',
  refusal: 'answers "I\'m sorry, but I can\'t help with that."',
  truncated: 'stops half-way with finish_reason "length"',
  'bad-json': 'answers with content (or tool arguments) that is broken JSON',
} as const;
export type FaultKind = keyof typeof SIM_FAULTS;

/** As written: `KIND` or `KIND=VALUE`. */
export interface Fault {
  readonly kind: FaultKind;
  readonly value?: string;
}

/** Rates are shares of requests, 0..1 each and in sum. */
export type FaultPlan = readonly (Fault & { readonly rate: number })[];

const aboveZero = (text: string): boolean => Number(text) > 0 && Number.isFinite(Number(text));
const headerValue = (text: string): boolean => /^[\x20-\x7e]+$/u.test(text);

/** The faults that take a value, and which. */
const VALUES: Partial<Record<FaultKind, (text: string) => boolean>> = {
  '429': headerValue,
  '503': headerValue,
  slow: (text) => aboveZero(text) && Number(text) <= 1e6,
  'huge-event': (text) => aboveZero(text) && Number.isInteger(Number(text)) && Number(text) <= 1e8,
};

function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(SIM_FAULTS, text);
}

/** Reads `KIND` or `KIND=VALUE`; a text that says what is wrong with it when it is no fault. */
export function readFault(text: string): Fault | string {
  const [kind = '', ...rest] = text.split('=');
  if (!isFaultKind(kind)) return `no fault "${kind}"; there are ${Object.keys(SIM_FAULTS).join(', ')}`;
  if (rest.length === 0) return { kind };
  const value = rest.join('=');
  const accepts = VALUES[kind];
  if (accepts === undefined) return `fault "${kind}" takes no value`;
  return accepts(value) ? { kind, value } : `fault "${kind}" cannot have the value "${value}"`;
}

/** Reads `KIND:RATE` or `KIND=VALUE:RATE`, e.g. `429=30:0.01`; throws SLUICE_SIM_OPTIONS_INVALID. */
export function parseFault(text: string): FaultPlan[number] {
  // A value may be a date, with colons of its own.
  const end = text.includes(':') ? text.lastIndexOf(':') : text.length;
  const fault = readFault(text.slice(0, end));
  if (typeof fault === 'string') throw simErrors.optionsInvalid(fault);
  const rateText = text.slice(end + 1).trim();
  const rate = rateText === '' ? Number.NaN : Number(rateText);
  if (!(rate >= 0 && rate <= 1)) {
    throw simErrors.optionsInvalid(
      `the rate of fault "${text}" must be a number from 0 to 1, as in ${fault.kind}:0.01`,
    );
  }
  return { ...fault, rate };
}

/** Throws SLUICE_SIM_OPTIONS_INVALID when a value or a rate is out of range or the rates sum to more than 1. */
export function checkFaultPlan(plan: FaultPlan): void {
  for (const { kind, value, rate } of plan) parseFault(`${kind}${value === undefined ? '' : `=${value}`}:${rate}`);
  const sum = plan.reduce((total, { rate }) => total + rate, 0);
  if (sum > 1 + 1e-9) throw simErrors.optionsInvalid(`the fault rates sum to ${sum}, which is more than 1`);
}

/** The fault of the server's nth request: a retry of the same prompt draws anew, and a run with the same order repeats exactly. */
export function drawFault(plan: FaultPlan, seed: number, ordinal: number): Fault | undefined {
  let left = plan.length === 0 ? 1 : hashUniform(seed, 'fault', String(ordinal));
  for (const fault of plan) {
    if (left < fault.rate) return fault;
    left -= fault.rate;
  }
  return undefined;
}
