// Failures on request: by the header `x-sim-fault`, or at random rates that follow from the seed.
import { hashUniform } from '../base/index.ts';
import { simErrors } from './errors.ts';

/** The only request header that changes what the server does. */
export const FAULT_HEADER = 'x-sim-fault';

/** Every fault and what it does: what the header accepts, what `--fault` accepts, what the help prints. */
export const SIM_FAULTS = {
  '429': 'answers 429 rate_limit_exceeded with retry-after: 1',
  '500': 'answers 500 internal_error',
  hang: 'accepts the request and never sends headers',
  cut: 'destroys the socket after half of the answer (mid-stream, or mid-body when not streamed)',
  slow: 'generates tokens 10 times slower',
  garbage: 'answers an HTML page with status 200',
  empty: 'answers with empty content',
  refusal: 'answers "I\'m sorry, but I can\'t help with that."',
  truncated: 'stops half-way with finish_reason "length"',
  'bad-json': 'answers with content (or tool arguments) that is broken JSON',
} as const;
export type FaultKind = keyof typeof SIM_FAULTS;

/** Rates are shares of requests, 0..1 each and in sum. */
export type FaultPlan = readonly { readonly kind: FaultKind; readonly rate: number }[];

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(SIM_FAULTS, text);
}

/** Reads `kind:rate`, e.g. `500:0.01`; throws SLUICE_SIM_OPTIONS_INVALID. */
export function parseFault(text: string): FaultPlan[number] {
  const [kind = '', rateText = ''] = text.split(':');
  const rate = Number(rateText);
  if (!isFaultKind(kind)) {
    throw simErrors.optionsInvalid(`no fault "${kind}"; there are ${Object.keys(SIM_FAULTS).join(', ')}`);
  }
  if (rateText.trim() === '' || !(rate >= 0 && rate <= 1)) {
    throw simErrors.optionsInvalid(`the rate of fault "${text}" must be a number from 0 to 1, as in ${kind}:0.01`);
  }
  return { kind, rate };
}

/** Throws SLUICE_SIM_OPTIONS_INVALID when a rate is out of range or the rates sum to more than 1. */
export function checkFaultPlan(plan: FaultPlan): void {
  for (const { kind, rate } of plan) parseFault(`${kind}:${rate}`);
  const sum = plan.reduce((total, { rate }) => total + rate, 0);
  if (sum > 1 + 1e-9) throw simErrors.optionsInvalid(`the fault rates sum to ${sum}, which is more than 1`);
}

/** The fault of the server's nth request: a retry of the same prompt draws anew, and a run with the same order repeats exactly. */
export function drawFault(plan: FaultPlan, seed: number, ordinal: number): FaultKind | undefined {
  let left = plan.length === 0 ? 1 : hashUniform(seed, 'fault', String(ordinal));
  for (const { kind, rate } of plan) {
    if (left < rate) return kind;
    left -= rate;
  }
  return undefined;
}
