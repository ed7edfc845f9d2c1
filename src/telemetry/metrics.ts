// Prometheus metrics from the conductor's events; docs/metrics.md is tested against what is registered here.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { assertNever, type GatewayEvent } from '../base/index.ts';

export interface Metrics {
  readonly registry: Registry;
  observe(event: GatewayEvent): void;
  /** Plain data, for `mergeMetrics` in this or another process. */
  serialise(): Promise<unknown>;
}

export interface Gauges {
  endpoints(): readonly { pool: string; endpoint: string; state: string; inFlight: number }[];
  openDecisions(): number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const requests = counter('sluice_requests_total', 'Routed requests by how they ended.', [
    'route',
    'strategy',
    'pool',
    'finish',
    'status',
  ]);
  const rejected = counter('sluice_rejected_total', 'Requests refused before a decision, by error code.', ['code']);
  const topics = counter('sluice_topic_requests_total', 'Routed requests by topic and answering pool.', [
    'topic',
    'pool',
  ]);
  const tokens = counter('sluice_tokens_total', 'LLM tokens of all attempts.', ['pool', 'direction']);
  const cost = counter('sluice_cost_usd_total', "US dollars of all attempts, by the policy's prices.", ['pool']);
  const ttft = histogram(
    'sluice_ttft_seconds',
    'From sending to the first piece of a streamed answer.',
    ['pool'],
    SECONDS,
  );
  const e2e = histogram('sluice_e2e_seconds', "From a request's arrival to the end of its answer.", ['pool'], SECONDS);
  const overhead = histogram(
    'sluice_overhead_seconds',
    "Sluice's own time: total less waiting for upstreams.",
    ['route'],
    OVERHEAD_SECONDS,
  );
  const attemptsFailed = counter('sluice_attempts_failed_total', 'Failed attempts by error code.', ['pool', 'code']);
  const extraAttempts = counter(
    'sluice_extra_attempts_total',
    "Attempts beyond a request's first: retries, fallbacks, later stages.",
    ['route'],
  );
  const deferred = counter('sluice_stage_deferred_total', 'Cascade stages whose answer was not kept, by reason.', [
    'route',
    'pool',
    'reason',
  ]);
  const ejections = counter('sluice_endpoint_changes_total', "Changes of an endpoint's health.", [
    'pool',
    'endpoint',
    'state',
  ]);
  const feedback = counter('sluice_feedback_total', 'Feedback by what became of it.', ['result']);
  const rewards = counter('sluice_rewards_total', 'Rewards that the learner took in.', []);
  const version = gaugeOf('sluice_learner_version', "Version of the learner's snapshot that routes.");
  const reloads = counter('sluice_policy_reloads_total', 'Changed policies by whether they were taken up.', ['result']);
  const storeFailures = counter('sluice_store_failures_total', 'Writes that the store could not keep.', []);

  function gaugeOf(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers });
  }
  new Gauge({
    name: 'sluice_endpoint_in_flight',
    help: 'Requests under way.',
    labelNames: ['pool', 'endpoint'],
    registers,
    collect() {
      this.reset();
      for (const e of gauges.endpoints()) this.set({ pool: e.pool, endpoint: e.endpoint }, e.inFlight);
    },
  });
  new Gauge({
    name: 'sluice_endpoint_healthy',
    help: '1 when requests are sent to it.',
    labelNames: ['pool', 'endpoint'],
    registers,
    collect() {
      this.reset();
      for (const e of gauges.endpoints())
        this.set({ pool: e.pool, endpoint: e.endpoint }, e.state === 'healthy' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'sluice_open_decisions',
    help: 'Decisions that have no outcome yet.',
    registers,
    collect() {
      this.set(gauges.openDecisions());
    },
  });

  return {
    registry,
    serialise: () => registry.getMetricsAsJSON(),
    observe: (event) => {
      switch (event.kind) {
        case 'request-finished': {
          const pool = event.pool ?? 'none';
          requests.inc({
            route: event.route,
            strategy: event.strategy,
            pool,
            finish: event.finish,
            status: String(event.status),
          });
          topics.inc({ topic: event.topic, pool });
          for (const spent of event.attempts) {
            tokens.inc({ pool: spent.pool, direction: 'input' }, spent.inputTokens);
            tokens.inc({ pool: spent.pool, direction: 'output' }, spent.outputTokens);
            cost.inc({ pool: spent.pool }, spent.costUsd);
          }
          if (event.ttftMs !== undefined) ttft.observe({ pool }, event.ttftMs / 1000);
          e2e.observe({ pool }, event.e2eMs / 1000);
          overhead.observe({ route: event.route }, event.overheadMs / 1000);
          if (event.attempts.length > 1) extraAttempts.inc({ route: event.route }, event.attempts.length - 1);
          return;
        }
        case 'request-rejected':
          rejected.inc({ code: event.code });
          return;
        case 'attempt-failed':
          attemptsFailed.inc({ pool: event.pool, code: event.code });
          return;
        case 'endpoint-changed':
          ejections.inc({ pool: event.pool, endpoint: event.endpoint, state: event.state });
          return;
        case 'stage-deferred':
          deferred.inc({ route: event.route, pool: event.pool, reason: event.reason });
          return;
        case 'feedback-received':
          feedback.inc({ result: event.result });
          return;
        case 'learner-updated':
          rewards.inc(event.rewards);
          version.set(event.version);
          return;
        case 'policy-reloaded':
          reloads.inc({ result: event.result });
          return;
        case 'store-failed':
          storeFailures.inc();
          return;
        default:
          assertNever(event);
      }
    },
  };
}
