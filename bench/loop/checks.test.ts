// Every check holds on a sound run and can fail: each violation is caught by the check that is named for it.
import { describe, expect, it } from 'vitest';
import { answerMismatch, checkRun, verdictOf, type RunFacts } from './checks.ts';
import type { Answered, Arm, FleetStats, LogRecord, Row } from './types.ts';

const arms: readonly Arm[] = ['a', 'b'].map((model) => ({ model, pool: model, inputPerMTok: 1, outputPerMTok: 2 }));
const rows: readonly Row[] = [0, 1, 2].map((i) => ({
  id: `q${i}`,
  fold: 3,
  category: 'c',
  prompt: `p${i}`,
  score: [1, 0.25],
  costUsd: [0.001, 0.002],
}));

function answered(i: number, arm: number): Answered {
  return {
    kind: 'answered',
    decisionId: `d${i}`,
    completionId: `c${i}`,
    arm,
    score: rows[i]?.score[arm] ?? 0,
    acknowledged: 'counted',
    mismatch: undefined,
    answerMs: 1,
    feedbackMs: 1,
  };
}

function logged(one: Answered): LogRecord {
  const outcome = {
    finish: 'completed',
    answeredBy: arms[one.arm]?.pool ?? '',
    attempts: [{}],
    costUsd: rows[0]?.costUsd[one.arm] ?? 0,
    overheadMs: 0.3,
  };
  return {
    id: one.decisionId,
    contextFingerprint: 'f',
    outcome,
    feedback: { entries: [{ score: one.score }], learned: one.score },
  };
}

const served = (model: string, completed: number): FleetStats => ({
  model,
  requests: completed,
  completed,
  aborted: 0,
  failed: 0,
});
const results = [answered(0, 0), answered(1, 1), answered(2, 0)];
const log = results.map(logged);
const [firstLog, ...otherLogs] = log;
const [firstResult, ...otherResults] = results;
if (firstLog === undefined || firstLog.outcome === null || firstResult === undefined)
  throw new Error('the fixture is empty');
const { outcome } = firstLog;
const sound: RunFacts = { arms, rows, results, log, fleet: [served('a', 2), served('b', 1)], gatewayExit: 0 };
const withFirstLog = (changed: Partial<LogRecord>): Partial<RunFacts> => ({
  log: [{ ...firstLog, ...changed }, ...otherLogs],
});
const entry = { score: firstResult.score };

it('finds nothing wrong with a sound run', () => {
  expect(checkRun(sound).filter(({ ok }) => !ok)).toEqual([]);
});

const violations: readonly (readonly [string, Partial<RunFacts>, string])[] = [
  ['a prompt without an answer', { results: [{ kind: 'lost', why: 'timeout' }, ...otherResults] }, 'none lost'],
  [
    'an answer to another prompt',
    { results: [{ ...firstResult, mismatch: 'q0: …' }, ...otherResults] },
    "answers are the right model's to the right prompt",
  ],
  ['a decision too many', { log: [...log, { ...firstLog, id: 'd9' }] }, 'one decision a prompt'],
  ['a decision that no answer names', withFirstLog({ id: 'd9' }), 'one decision a prompt'],
  ['a decision without an outcome', withFirstLog({ outcome: null }), 'one outcome a decision, completed, one attempt'],
  [
    'an abandoned outcome',
    withFirstLog({ outcome: { ...outcome, finish: 'abandoned' } }),
    'one outcome a decision, completed, one attempt',
  ],
  [
    'a second attempt',
    withFirstLog({ outcome: { ...outcome, attempts: [{}, {}] } }),
    'one outcome a decision, completed, one attempt',
  ],
  [
    'another model in the log than in the headers',
    withFirstLog({ outcome: { ...outcome, answeredBy: 'b' } }),
    'log and headers name the same model',
  ],
  ['feedback that was lost', withFirstLog({ feedback: null }), 'feedback counted once each'],
  [
    'feedback entered twice',
    withFirstLog({ feedback: { entries: [entry, entry], learned: 1 } }),
    'feedback counted once each',
  ],
  ['feedback not learnt', withFirstLog({ feedback: { entries: [entry] } }), 'feedback counted once each'],
  ['a request served twice', { fleet: [served('a', 3), served('b', 1)] }, 'none answered twice'],
  ['requests at another model than claimed', { fleet: [served('a', 1), served('b', 2)] }, 'none answered twice'],
  [
    'one completion given to two prompts',
    { results: [{ ...firstResult, completionId: 'c1' }, ...otherResults] },
    'none answered twice',
  ],
  ['a dollar too much', withFirstLog({ outcome: { ...outcome, costUsd: 0.0011 } }), 'cost as in the data'],
  ['a gateway that was killed', { gatewayExit: null }, 'gateway drained and exited 0 on SIGTERM'],
];

it.each(violations)('catches %s', (_what, changed, name) => {
  const failed = checkRun({ ...sound, ...changed }).filter(({ ok }) => !ok);
  expect(failed.map((check) => check.name)).toContain(name);
});

describe('answerMismatch', () => {
  const [row] = rows;
  if (row === undefined) throw new Error('the fixture is empty');
  const good = { text: '[set/q0] lorem Verdict: partial 0.25', claimed: 'b', answering: 'b' };

  it('takes the answer of the claimed model to the prompt', () => {
    expect(answerMismatch('set', row, 0.25, good)).toBeUndefined();
  });

  it.each([
    ['another model', 0.25, { ...good, answering: 'a' }],
    ['another prompt', 0.25, { ...good, text: '[set/q01] lorem Verdict: partial 0.25' }],
    ['another verdict', 1, good],
    ['nothing', 0.25, { ...good, text: '' }],
  ])('refuses %s', (_what, score, answer) => {
    expect(answerMismatch('set', row, score, answer)).toMatch(/^q0: /);
  });

  it('knows the verdicts as the simulated servers write them', () => {
    expect([0, 1, 0.5, 0.123_456].map(verdictOf)).toEqual([
      'Verdict: wrong',
      'Verdict: right',
      'Verdict: partial 0.5',
      'Verdict: partial 0.1235',
    ]);
  });
});
