// How sluice log shows a decision: as one line, as JSON, or explained in full.
import type { Attempt, FeedbackRecord, LoggedDecision, RecordedCandidate } from '../feedback/index.ts';

export interface Shown extends LoggedDecision {
  readonly feedback: FeedbackRecord | undefined;
}

/** What the router says of a candidate beside what learning needs. */
interface Candidate extends RecordedCandidate {
  readonly model?: string;
  readonly excluded?: string;
  readonly expectedCostUsd?: number;
  readonly qualitySd?: number;
  readonly utility?: number;
}

interface Said {
  readonly route?: string;
  readonly strategy?: string;
  readonly requestedModel?: string;
  readonly reason?: string;
  readonly confined?: { readonly why: string };
  readonly passedOver?: readonly { readonly route: string; readonly why: string }[];
  readonly signals?: readonly { readonly name: string; readonly value: unknown; readonly why?: string | null }[];
  readonly candidates: readonly Candidate[];
}

export function asJson({ record, outcome, replica, feedback }: Shown): string {
  return JSON.stringify({ ...record, replica, outcome: outcome ?? null, feedback: feedback ?? null });
}

export function asLine({ record, outcome, feedback }: Shown): string {
  const said = record.decision as Said;
  const facts = record.workload as { readonly topic?: string };
  const parts = [
    new Date(record.at).toISOString(),
    record.id,
    said.route ?? '-',
    outcome?.answeredBy ?? `(${record.chosen})`,
  ];
  if (outcome === undefined) parts.push('open');
  else {
    const { finish, status, usage, costUsd, e2eMs, ttftMs, errorCode } = outcome;
    parts.push(`${finish} ${status}`, `${e2eMs.toFixed(0)}ms`);
    if (ttftMs !== undefined) parts.push(`ttft ${ttftMs.toFixed(0)}ms`);
    parts.push(`${usage.inputTokens}+${usage.outputTokens}tok`, dollars(costUsd));
    if (errorCode !== undefined) parts.push(errorCode);
  }
  if (facts.topic !== undefined) parts.push(facts.topic);
  const latest = feedback?.entries.at(-1);
  if (latest !== undefined) parts.push(`rated ${latest.score}`);
  return parts.map(oneLine).join('  ');
}

/** Everything that is on record, for a person who asks why. */
export function explained({ record, outcome, replica, feedback }: Shown): string {
  const said = record.decision as Said;
  const lines = [
    `decision ${record.id}`,
    `  at ${new Date(record.at).toISOString()}, by ${replica}, asked for ${said.requestedModel ?? '?'}`,
    ...(record.text === undefined ? [] : [`  text: ${JSON.stringify(record.text)}`]),
    `request: ${JSON.stringify(record.workload)}`,
    `route ${said.route ?? '?'} (strategy ${said.strategy ?? '?'}): ${said.reason ?? ''}`,
    ...(said.signals ?? []).map(
      ({ name, value, why }) => `  ${name} was ${JSON.stringify(value)}${(why ?? '') === '' ? '' : `: ${why}`}`,
    ),
    ...(said.passedOver ?? []).map(({ route, why }) => `  route ${route} passed over: ${why}`),
    ...(said.confined === undefined ? [] : [`  ${said.confined.why}`]),
    'candidates:',
    ...said.candidates.map((one) => `  ${one.pool === record.chosen ? '*' : ' '} ${candidate(one)}`),
  ];
  if (outcome === undefined) lines.push('outcome: none yet');
  else {
    const { usage } = outcome;
    lines.push(
      `outcome: ${outcome.finish}, status ${outcome.status}${outcome.errorCode === undefined ? '' : `, ${outcome.errorCode}`}, answered by ${outcome.answeredBy ?? 'nobody'}`,
      `  ${outcome.e2eMs.toFixed(1)} ms in all, first piece ${ms(outcome.ttftMs)}, Sluice's own ${outcome.overheadMs.toFixed(3)} ms`,
      `  ${usage.inputTokens} input tokens (${usage.cachedInputTokens} cached), ${usage.outputTokens} output${usage.estimated ? ', estimated' : ''}; ${dollars(outcome.costUsd)}`,
      ...outcome.attempts.map((one, i) => `  attempt ${i + 1}: ${attempt(one)}`),
    );
  }
  if (feedback === undefined) lines.push('feedback: none');
  else {
    lines.push(`feedback (${feedback.learned === undefined ? 'not learnt from' : `learnt as ${feedback.learned}`}):`);
    for (const { at, score, label, rater, source } of feedback.entries) {
      lines.push(
        `  ${new Date(at).toISOString()} ${source}${rater === undefined ? '' : ` ${rater}`}: ${score}${label === undefined ? '' : ` ${label}`}`,
      );
    }
  }
  return lines.map(oneLine).join('\n');
}

function candidate({
  pool,
  model,
  excluded,
  quality,
  qualitySd,
  utility,
  propensity,
  expectedCostUsd,
}: Candidate): string {
  const name = model === undefined ? pool : `${pool} (${model})`;
  if (excluded !== undefined) return `${name}: ruled out, ${excluded}`;
  const parts = [`chosen with probability ${propensity.toFixed(3)}`];
  if (expectedCostUsd !== undefined) parts.push(`expected cost ${dollars(expectedCostUsd)}`);
  if (quality !== undefined) parts.push(`quality ${quality.toFixed(3)} (sd ${(qualitySd ?? 0).toFixed(3)})`);
  if (utility !== undefined) parts.push(`utility ${utility.toFixed(3)}`);
  return `${name}: ${parts.join(', ')}`;
}

function attempt(one: Attempt): string {
  const parts = [`${one.pool} at ${one.endpoint}`, one.errorCode ?? `status ${one.status ?? '-'}`];
  if (one.queuedMs > 0) parts.push(`queued ${ms(one.queuedMs)}`);
  parts.push(`first piece ${ms(one.ttftMs)}`);
  if (one.itlMs !== undefined) parts.push(`${one.itlMs.toFixed(1)} ms between pieces`);
  if (one.usage !== undefined)
    parts.push(`${one.usage.inputTokens}+${one.usage.outputTokens} tokens`, dollars(one.costUsd));
  if (one.verdict !== undefined) parts.push(one.verdict);
  return parts.join(', ');
}

function ms(value: number | undefined): string {
  return value === undefined ? 'never' : `${value.toFixed(1)} ms`;
}

function dollars(value: number): string {
  return `$${value.toFixed(6)}`;
}

/** What callers and servers say may hold anything; a terminal would act on it. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
