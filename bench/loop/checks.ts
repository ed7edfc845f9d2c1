// What must hold of a run: nothing lost, nothing answered twice, every score counted once, every dollar accounted for. Pure.
import type { Answered, Arm, Check, FleetStats, LogRecord, Result, Row } from './types.ts';

/** The verdict that a simulated server writes at the end of an answer of that score. */
export function verdictOf(score: number): string {
  if (score >= 1) return 'Verdict: right';
  return score <= 0 ? 'Verdict: wrong' : `Verdict: partial ${Number(score.toFixed(4))}`;
}

/** undefined: the answer is to this prompt, by the model that the headers claim, and as right as that model was. */
export function answerMismatch(
  dataset: string,
  row: Row,
  score: number,
  answer: { readonly text: string; readonly claimed: string; readonly answering: string },
): string | undefined {
  if (answer.answering !== answer.claimed) return `${row.id}: headers say ${answer.claimed}, body ${answer.answering}`;
  const head = `[${dataset}/${row.id}] `;
  if (!answer.text.startsWith(head)) return `${row.id}: answered with "${answer.text.slice(0, 60)}"`;
  if (answer.text.endsWith(verdictOf(score))) return undefined;
  return `${row.id}: ${answer.claimed} scores ${score}, its answer ends "${answer.text.slice(-40)}"`;
}

export interface RunFacts {
  readonly arms: readonly Arm[];
  /** In the order sent, aligned with `results`. */
  readonly rows: readonly Row[];
  readonly results: readonly Result[];
  readonly log: readonly LogRecord[];
  readonly fleet: readonly FleetStats[];
  readonly gatewayExit: number | null;
}

export function checkRun({ arms, rows, results, log, fleet, gatewayExit }: RunFacts): readonly Check[] {
  const sent = rows.length;
  const answered = results.flatMap((result, i) => (result.kind === 'answered' ? [{ ...result, row: rows[i] }] : []));
  const byId = new Map(log.map((record) => [record.id, record]));
  const outcomes = log.flatMap(({ outcome }) => outcome ?? []);
  const total = (count: (stats: FleetStats) => number): number => fleet.reduce((sum, stats) => sum + count(stats), 0);
  const served = (arm: Arm): number => fleet.find(({ model }) => model === arm.model)?.completed ?? 0;
  const claimed = (index: number): number => answered.filter(({ arm }) => arm === index).length;
  const miscounted = arms.filter((arm, i) => served(arm) !== claimed(i));
  const elsewhere = answered.filter(
    ({ decisionId, arm }) => byId.get(decisionId)?.outcome?.answeredBy !== arms[arm]?.pool,
  );
  const countedOnce = answered.filter((one) => isCountedOnce(one, byId.get(one.decisionId)));
  const offUsd = answered.map(({ row, arm, decisionId }) =>
    Math.abs((row?.costUsd[arm] ?? 0) - (byId.get(decisionId)?.outcome?.costUsd ?? 0)),
  );
  // The server sends whole tokens, at least one: half a token, or one for an empty answer, at the dearest price.
  const toleranceUsd = Math.max(...arms.map((arm) => arm.outputPerMTok)) / 1e6 + 1e-8;
  const mismatches = answered.flatMap(({ mismatch }) => mismatch ?? []);

  return [
    check(
      'none lost',
      answered.length === sent,
      `${answered.length} of ${sent} prompts answered and their scores acknowledged`,
    ),
    check(
      "answers are the right model's to the right prompt",
      mismatches.length === 0,
      mismatches[0] ?? `${answered.length} verified`,
    ),
    check(
      'one decision a prompt',
      log.length === sent &&
        distinct(answered, 'decisionId') === sent &&
        answered.every(({ decisionId }) => byId.has(decisionId)),
      `${log.length} in the log, ${distinct(answered, 'decisionId')} ids in answers, ${sent} prompts`,
    ),
    check(
      'one outcome a decision, completed, one attempt',
      outcomes.length === sent &&
        outcomes.every(({ finish, attempts }) => finish === 'completed' && attempts.length === 1),
      `${outcomes.length} outcomes, ${outcomes.filter(({ finish }) => finish === 'completed').length} completed`,
    ),
    check('log and headers name the same model', elsewhere.length === 0, `${elsewhere.length} differ`),
    check(
      'feedback counted once each',
      countedOnce.length === sent && log.every(({ feedback }) => feedback?.entries.length === 1),
      `${countedOnce.length} of ${sent} with one entry, learnt as posted`,
    ),
    check(
      'none answered twice',
      total((s) => s.completed) === sent &&
        total((s) => s.requests) === sent &&
        distinct(answered, 'completionId') === sent &&
        miscounted.length === 0,
      `servers completed ${total((s) => s.completed)} of ${total((s) => s.requests)} requests, aborted ${total((s) => s.aborted)}, failed ${total((s) => s.failed)}`,
    ),
    check(
      'cost as in the data',
      offUsd.every((usd) => usd <= toleranceUsd),
      `largest difference $${Math.max(0, ...offUsd).toExponential(1)} a request`,
    ),
    check('gateway drained and exited 0 on SIGTERM', gatewayExit === 0, `exit code ${gatewayExit}`),
  ];
}

function check(name: string, ok: boolean, detail: string): Check {
  return { name, ok, detail };
}

function isCountedOnce(answer: Answered, record: LogRecord | undefined): boolean {
  const [entry, ...more] = record?.feedback?.entries ?? [];
  return more.length === 0 && entry?.score === answer.score && record?.feedback?.learned === answer.score;
}

function distinct(answers: readonly Answered[], key: 'decisionId' | 'completionId'): number {
  return new Set(answers.map((answer) => answer[key])).size;
}
