// Each check of a replay can fail: one thing wrong at a time.
import { expect, it } from 'vitest';
import { parseMetrics } from '../support/metrics-text.ts';
import { checkTrace, type TraceFacts } from './checks.ts';
import type { Exchanged } from './exchange.ts';
import type { Logged } from './log-record.ts';

const DEAD = 'http://h:1/v1';

function result(id: string, more: Partial<Exchanged> = {}): Exchanged {
  return {
    atMs: 1000,
    stream: true,
    ending: 'completed',
    status: 200,
    why: '',
    decisionId: id,
    pool: 'small',
    ttftMs: 100,
    e2eMs: 3000,
    outputTokens: 5,
    wantedTokens: 5,
    feedback: undefined,
    ...more,
  };
}

function record(id: string, finish: string, feedback = false): Logged {
  return {
    id,
    workload: { tokens: { input: 9 } },
    outcome: {
      finish,
      status: 200,
      attempts: [{ endpoint: DEAD }],
      usage: { inputTokens: 10, estimated: false },
      overheadMs: 1,
    },
    feedback: feedback ? { entries: [{ score: 1 }] } : null,
  };
}

const page = (attempts: number, more = ''): string => `
sluice_requests_total{finish="completed"} 1
sluice_requests_total{finish="interrupted"} 1
sluice_rewards_total 1
sluice_endpoint_changes_total{endpoint="${DEAD}",state="ejected"} 1
sluice_endpoint_changes_total{endpoint="${DEAD}",state="healthy"} 1
sluice_attempts_total{endpoint="${DEAD}"} ${attempts}
${more}`;

const GOOD: TraceFacts = {
  sent: 2,
  results: [result('a', { feedback: 'counted' }), result('b', { ending: 'cut', outputTokens: undefined })],
  log: [record('a', 'completed', true), record('b', 'interrupted')],
  end: parseMetrics(page(9)),
  revived: parseMetrics(page(5)),
  killed: { endpoint: DEAD, atMs: 4000 },
  exitCode: 0,
};

const failedOf = (facts: Partial<TraceFacts>): readonly string[] =>
  checkTrace({ ...GOOD, ...facts })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);

it('lets a good run pass, a stream that the killed server cut among it', () => {
  expect(failedOf({})).toEqual([]);
});

it.each<[string, string, Partial<TraceFacts>]>([
  ['a failure', 'none failed', { results: [result('a', { ending: 'failed' }), ...GOOD.results.slice(1)] }],
  ['a request without a result', 'none failed', { results: GOOD.results.slice(1) }],
  ['a cut at another time', 'only streams', { killed: { endpoint: DEAD, atMs: 9000 } }],
  ['a cut of a stream that began after it', 'only streams', { killed: { endpoint: DEAD, atMs: 500 } }],
  ['a cut elsewhere', 'only streams', { killed: { endpoint: 'http://h:2/v1', atMs: 4000 } }],
  ['a short answer', 'answers are as long', { results: [result('a', { outputTokens: 4 })] }],
  ['a decision twice', 'one decision', { log: [...GOOD.log, ...GOOD.log] }],
  ['an open decision', 'one decision', { log: [{ ...record('a', ''), outcome: null }, record('b', 'interrupted')] }],
  ['other counts', 'client, log and metrics', { log: [record('a', 'completed', true), record('b', 'completed')] }],
  ['feedback that was not counted', 'feedback', { results: [result('a', { feedback: 'stored' }), result('b')] }],
  ['a request in flight', 'nothing left', { end: parseMetrics(page(9, 'sluice_endpoint_in_flight 1')) }],
  ['no attempt since', 'the killed endpoint', { revived: parseMetrics(page(9)) }],
  ['another exit', 'the gateway ends', { exitCode: 1 }],
  ['a lost write', 'the store', { end: parseMetrics(page(9, 'sluice_store_failures_total 2')) }],
])('sees %s', (_what, name, facts) => {
  expect(failedOf(facts).some((failed) => failed.startsWith(name))).toBe(true);
});
