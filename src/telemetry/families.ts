// Every metric of Sluice's own: name, help, labels, buckets. docs/metrics.md has a row for each.
import { counterFamily, gaugeFamily, histogramFamily } from './family.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
const ITL_SECONDS = [0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const QUEUE_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface Gauges {
  endpoints(): readonly {
    readonly pool: string;
    readonly endpoint: string;
    readonly state: string;
    readonly inFlight: number;
  }[];
  openDecisions(): number;
  /** Requests that wait for a place, by pool; absent where nothing queues. */
  queues?(): readonly { readonly pool: string; readonly length: number }[];
  /** Of the time since the last call, in seconds. */
  eventLoopDelay?(): { readonly p50: number; readonly p99: number; readonly max: number };
}

export type Families = ReturnType<typeof createFamilies>;

export function createFamilies(gauges: Gauges) {
  return {
    requests: counterFamily({
      name: 'sluice_requests_total',
      help: 'Routed requests by how they ended.',
      labels: ['route', 'strategy', 'pool', 'finish', 'status'],
      closed: ['finish'],
    }),
    rejected: counterFamily({
      name: 'sluice_rejected_total',
      help: 'Requests refused before a decision, by error code.',
      labels: ['code'],
    }),
    topics: counterFamily({
      name: 'sluice_topic_requests_total',
      help: 'Routed requests by topic and answering pool.',
      labels: ['topic', 'pool'],
    }),
    confined: counterFamily({
      name: 'sluice_confined_total',
      help: 'Routed requests that a rule of confinement held for, each rule counted.',
      labels: ['route', 'rule'],
    }),
    tokens: counterFamily({
      name: 'sluice_tokens_total',
      help: 'LLM tokens of all attempts.',
      labels: ['route', 'pool', 'direction'],
      closed: ['direction'],
    }),
    cost: counterFamily({
      name: 'sluice_cost_usd_total',
      help: "US dollars of all attempts, by the policy's prices.",
      labels: ['route', 'pool'],
    }),
    ttft: histogramFamily(
      {
        name: 'sluice_ttft_seconds',
        help: 'From sending to the first piece of a streamed answer.',
        labels: ['route', 'pool'],
      },
      SECONDS,
    ),
    itl: histogramFamily(
      {
        name: 'sluice_itl_seconds',
        help: 'Mean gap between the pieces of a streamed answer.',
        labels: ['pool'],
      },
      ITL_SECONDS,
    ),
    e2e: histogramFamily(
      {
        name: 'sluice_e2e_seconds',
        help: "From a request's arrival to the end of its answer.",
        labels: ['route', 'pool'],
      },
      SECONDS,
    ),
    overhead: histogramFamily(
      {
        name: 'sluice_overhead_seconds',
        help: "Sluice's own time: total less waiting for upstreams.",
        labels: ['route'],
      },
      OVERHEAD_SECONDS,
    ),
    attempts: counterFamily({
      name: 'sluice_attempts_total',
      help: 'Attempts of finished requests that an endpoint was sent.',
      labels: ['pool', 'endpoint'],
    }),
    attemptTtft: histogramFamily(
      {
        name: 'sluice_attempt_ttft_seconds',
        help: 'From sending to the first piece of a streamed answer, of every attempt.',
        labels: ['pool', 'endpoint'],
      },
      SECONDS,
    ),
    attemptsFailed: counterFamily({
      name: 'sluice_attempts_failed_total',
      help: 'Failed attempts by error code.',
      labels: ['pool', 'endpoint', 'code'],
    }),
    retries: counterFamily({
      name: 'sluice_retries_total',
      help: 'Attempts on another endpoint of the pool that had just failed.',
      labels: ['route', 'pool'],
    }),
    fallbacks: counterFamily({
      name: 'sluice_fallbacks_total',
      help: 'Attempts on another pool because one had failed or was full.',
      labels: ['route', 'pool', 'to'],
    }),
    extraAttempts: counterFamily({
      name: 'sluice_extra_attempts_total',
      help: "Sent attempts beyond a request's first: retries, fallbacks, later stages.",
      labels: ['route'],
    }),
    deferred: counterFamily({
      name: 'sluice_stage_deferred_total',
      help: 'Cascade stages whose answer was not kept, by reason.',
      labels: ['route', 'pool', 'reason'],
    }),
    endpointChanges: counterFamily({
      name: 'sluice_endpoint_changes_total',
      help: "Changes of an endpoint's health.",
      labels: ['pool', 'endpoint', 'state'],
      closed: ['state'],
    }),
    inFlight: gaugeFamily(
      { name: 'sluice_endpoint_in_flight', help: 'Requests under way.', labels: ['pool', 'endpoint'] },
      (family) => {
        family.reset();
        for (const { pool, endpoint, inFlight } of gauges.endpoints()) family.at(pool, endpoint).value += inFlight;
      },
    ),
    healthy: gaugeFamily(
      {
        name: 'sluice_endpoint_healthy',
        help: '1 when requests are sent to it.',
        labels: ['pool', 'endpoint'],
        merge: 'min',
      },
      (family) => {
        family.reset();
        for (const { pool, endpoint, state } of gauges.endpoints())
          family.at(pool, endpoint).value = state === 'healthy' ? 1 : 0;
      },
    ),
    queueLength: gaugeFamily(
      { name: 'sluice_queue_length', help: 'Requests that wait for a place in their pool.', labels: ['pool'] },
      (family) => {
        family.reset();
        for (const { pool, length } of gauges.queues?.() ?? []) family.at(pool).value += length;
      },
    ),
    queueWait: histogramFamily(
      {
        name: 'sluice_queue_wait_seconds',
        help: 'How long attempts waited for a place in their pool, most of them not at all.',
        labels: ['pool'],
      },
      QUEUE_SECONDS,
    ),
    openDecisions: gaugeFamily(
      { name: 'sluice_open_decisions', help: 'Decisions that have no outcome yet.', labels: [] },
      (family) => {
        family.at().value = gauges.openDecisions();
      },
    ),
    eventLoopDelay: gaugeFamily(
      {
        name: 'sluice_event_loop_delay_seconds',
        help: 'How late timers were since the last scrape: what everything else in the process had to wait.',
        labels: ['quantile'],
        closed: ['quantile'],
        merge: 'max',
      },
      (family) => {
        const delay = gauges.eventLoopDelay?.() ?? { p50: 0, p99: 0, max: 0 };
        family.at('0.5').value = delay.p50;
        family.at('0.99').value = delay.p99;
        family.at('1').value = delay.max;
      },
    ),
    feedback: counterFamily({
      name: 'sluice_feedback_total',
      help: 'Feedback by what became of it.',
      labels: ['result'],
      closed: ['result'],
    }),
    rewards: counterFamily({
      name: 'sluice_rewards_total',
      help: 'Rewards that the learner took in, each counted once whoever else learns from it.',
      labels: [],
    }),
    learnerVersion: gaugeFamily({
      name: 'sluice_learner_version',
      help: "Version of the learner's snapshot that routes.",
      labels: [],
      merge: 'max',
    }),
    reloads: counterFamily({
      name: 'sluice_policy_reloads_total',
      help: 'Changed policies by whether they were taken up.',
      labels: ['result'],
      closed: ['result'],
    }),
    storeFailures: counterFamily({
      name: 'sluice_store_failures_total',
      help: 'Writes that the store could not keep.',
      labels: [],
    }),
    spans: counterFamily({
      name: 'sluice_spans_total',
      help: 'Spans by what became of them.',
      labels: ['result'],
      closed: ['result'],
    }),
  };
}
