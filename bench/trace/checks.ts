// What must hold of a replayed trace: everybody answered, one outcome each, all counts agree, the killed endpoint left out and taken back. Pure.
import { check, type Check } from '../support/check.ts';
import type { MetricsPage } from '../support/metrics-text.ts';
import type { Exchanged } from './exchange.ts';
import type { Logged } from './log-record.ts';

export interface TraceFacts {
  readonly sent: number;
  readonly results: readonly Exchanged[];
  readonly log: readonly Logged[];
  /** When all was over, and when the killed endpoint was back. */
  readonly end: MetricsPage;
  readonly revived: MetricsPage;
  /** As metrics and log call it, and when it was killed (milliseconds since the start). */
  readonly killed: { readonly endpoint: string; readonly atMs: number };
  readonly exitCode: number | null;
}

/** Connections may break a little before the signal has been noted, and what is told of them comes a little later. */
const AROUND_KILL_MS = 2_000;

export function checkTrace(facts: TraceFacts): readonly Check[] {
  const { sent, results, log, end, revived, killed, exitCode } = facts;
  const count = (ending: Exchanged['ending']): number => results.filter((one) => one.ending === ending).length;
  const cut = results.filter((one) => one.ending === 'cut');
  const byId = new Map(log.map((record) => [record.id, record]));
  const stray = cut.filter(({ decisionId, atMs, e2eMs }) => {
    const endedMs = atMs + e2eMs;
    const broken = byId.get(decisionId)?.outcome?.attempts.at(-1)?.endpoint === killed.endpoint;
    return !broken || atMs > killed.atMs || Math.abs(endedMs - killed.atMs) > AROUND_KILL_MS;
  });
  const seen = new Set(results.map(({ decisionId }) => decisionId));
  const open = log.filter(({ outcome }) => outcome === null).length;
  const ended = (finish: string): readonly number[] => [
    log.filter(({ outcome }) => outcome?.finish === finish).length,
    end.sum('sluice_requests_total', { finish }),
  ];
  const counts = [
    { what: 'completed', client: count('completed'), gateway: ended('completed') },
    { what: 'interrupted', client: cut.length, gateway: ended('interrupted') },
    { what: 'failed', client: count('failed'), gateway: ended('failed') },
    { what: 'abandoned', client: 0, gateway: ended('abandoned') },
  ];
  const fed = results.filter(({ feedback }) => feedback !== undefined);
  const counted = fed.filter(({ feedback }) => feedback === 'counted').length;
  const rated = log.filter(({ feedback }) => feedback !== null).length;
  const odd = results.filter((one) => one.ending === 'completed' && one.outputTokens !== one.wantedTokens).length;
  const changes = (state: string): number =>
    end.sum('sluice_endpoint_changes_total', { endpoint: killed.endpoint, state });
  const attempts = (page: MetricsPage): number => page.sum('sluice_attempts_total', { endpoint: killed.endpoint });
  const later = attempts(end) - attempts(revived);
  const left = ['sluice_endpoint_in_flight', 'sluice_queue_length', 'sluice_open_decisions'].map((name) =>
    end.sum(name),
  );
  return [
    check(
      'none failed',
      results.length === sent && count('failed') === 0,
      `${count('completed')} of ${sent} answered with 200 and whole, ${count('failed')} failed`,
    ),
    check(
      'only streams that the killed server had begun broke off',
      stray.length === 0,
      `${cut.length} streams broke off after their first byte, ${stray.length} of them elsewhere or at another time`,
    ),
    check('answers are as long as asked', odd === 0, `${odd} completed answers have another number of tokens`),
    check(
      'one decision a request, one outcome a decision',
      log.length === byId.size && log.length === sent && seen.size === sent && open === 0,
      `${sent} sent, ${seen.size} decision ids seen, ${log.length} decisions in the log (${byId.size} distinct), ${open} without outcome`,
    ),
    check(
      'client, log and metrics agree',
      counts.every(({ client, gateway }) => gateway.every((number) => number === client)),
      counts.map(({ what, client, gateway }) => `${what} ${[client, ...gateway].join(' / ')}`).join(', '),
    ),
    check(
      'feedback counted once',
      counted === fed.length && rated === fed.length && end.sum('sluice_rewards_total') === fed.length,
      `${fed.length} sent, ${counted} acknowledged as counted, ${rated} in the log, ${end.sum('sluice_rewards_total')} learnt`,
    ),
    check(
      'nothing left under way',
      left.every((number) => number === 0),
      `in flight, queued, open: ${left.join(', ')}`,
    ),
    check(
      'the killed endpoint was ejected and came back into use',
      changes('ejected') > 0 && changes('healthy') > 0 && later > 0,
      `${killed.endpoint}: ejected ${changes('ejected')}x, probed ${changes('probing')}x, healthy again ${changes('healthy')}x, ${later} attempts since it is back`,
    ),
    check('the gateway ends with 0', exitCode === 0, `exit code ${exitCode}`),
    check(
      'the store kept everything',
      end.sum('sluice_store_failures_total') === 0,
      `${end.sum('sluice_store_failures_total')} writes lost`,
    ),
  ];
}
