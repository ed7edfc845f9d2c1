// Every event counts where it should, every metric is moved by one, and workers add up to one scrape.
import { expect, it, onTestFinished } from 'vitest';
import type { GatewayEvent } from '../base/index.ts';
import type { Gauges } from './families.ts';
import { attempt, finished } from './fixtures/finished.ts';
import { mergeMetrics, type MetricsPart } from './merge-metrics.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const GAUGES: Gauges = {
  endpoints: () => [
    { pool: 'small', endpoint: 'e1', state: 'healthy', inFlight: 3 },
    { pool: 'small', endpoint: 'e2', state: 'ejected', inFlight: 0 },
  ],
  openDecisions: () => 4,
  queues: () => [{ pool: 'small', length: 5 }],
  eventLoopDelay: () => ({ p50: 0.001, p99: 0.02, max: 0.3 }),
};

function metricsOf(events: readonly GatewayEvent[], gauges: Partial<Gauges> = {}): Metrics {
  const metrics = createMetrics({ ...GAUGES, ...gauges });
  onTestFinished(() => metrics.close());
  for (const event of events) metrics.observe(event);
  return metrics;
}

/** The lines of ours, by everything before the value. */
async function valuesOf(text: string | Promise<string>): Promise<Map<string, number>> {
  const lines = (await text).split('\n').filter((line) => line.startsWith('sluice_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** In place of the value of a series that must not be there. */
const NONE = Number.NaN;

const failed = attempt({ endpoint: 'e1', status: 503, errorCode: 'upstream_503', ttftMs: undefined, usage: undefined });
const retried = finished({
  attempts: [
    failed,
    attempt({ ...failed, endpoint: 'e2' }),
    attempt({ pool: 'large', endpoint: 'e3', queuedMs: 40 }),
    attempt({ pool: 'small', endpoint: 'e1', stage: 1 }),
  ],
});

it.each<[string, GatewayEvent, Readonly<Record<string, number>>]>([
  [
    'a request',
    finished(),
    {
      'sluice_requests_total{route="chat",strategy="bandit",pool="small",finish="completed",status="200"}': 1,
      'sluice_topic_requests_total{topic="code",pool="small"}': 1,
      'sluice_tokens_total{route="chat",pool="small",direction="input"}': 100,
      'sluice_tokens_total{route="chat",pool="small",direction="cached_input"}': 64,
      'sluice_tokens_total{route="chat",pool="small",direction="output"}': 20,
      'sluice_cost_usd_total{route="chat",pool="small"}': 0.002,
      'sluice_ttft_seconds_sum{route="chat",pool="small"}': 0.03,
      'sluice_ttft_seconds_bucket{le="0.025",route="chat",pool="small"}': 0,
      'sluice_ttft_seconds_bucket{le="0.05",route="chat",pool="small"}': 1,
      'sluice_e2e_seconds_sum{route="chat",pool="small"}': 0.3,
      'sluice_itl_seconds_sum{pool="small"}': 0.012,
      'sluice_overhead_seconds_sum{route="chat"}': 0.0002,
      'sluice_attempts_total{pool="small",endpoint="http://small-1:8000/v1"}': 1,
      'sluice_attempt_ttft_seconds_count{pool="small",endpoint="http://small-1:8000/v1"}': 1,
      'sluice_queue_wait_seconds_count{pool="small"}': 1,
    },
  ],
  [
    'a retry, a fallback and a later stage',
    retried,
    {
      'sluice_retries_total{route="chat",pool="small"}': 1,
      'sluice_fallbacks_total{route="chat",pool="small",to="large"}': 1,
      'sluice_extra_attempts_total{route="chat"}': 3,
      'sluice_attempts_total{pool="small",endpoint="e1"}': 2,
      'sluice_queue_wait_seconds_sum{pool="large"}': 0.04,
      'sluice_cost_usd_total{route="chat",pool="large"}': 0.002,
    },
  ],
  [
    'an attempt that never left the queue, and the fallback that stood in',
    finished({
      attempts: [attempt({ ...failed, endpoint: '', queuedMs: 60 }), attempt({ pool: 'large', endpoint: 'e3' })],
    }),
    {
      'sluice_attempts_total{pool="small",endpoint=""}': NONE,
      'sluice_attempts_total{pool="large",endpoint="e3"}': 1,
      'sluice_extra_attempts_total{route="chat"}': NONE,
      'sluice_fallbacks_total{route="chat",pool="small",to="large"}': 1,
      'sluice_queue_wait_seconds_sum{pool="small"}': 0.06,
    },
  ],
  [
    'a request that nobody answered',
    finished({ pool: undefined, finish: 'failed', status: 503, ttftMs: undefined, attempts: [] }),
    { 'sluice_requests_total{route="chat",strategy="bandit",pool="none",finish="failed",status="503"}': 1 },
  ],
  [
    'a request that two rules confine',
    finished({ confinedBy: ['eu', 'health'] }),
    {
      'sluice_confined_total{route="chat",rule="eu"}': 1,
      'sluice_confined_total{route="chat",rule="health"}': 1,
      'sluice_requests_total{route="chat",strategy="bandit",pool="small",finish="completed",status="200"}': 1,
    },
  ],
  ['a refusal', { kind: 'request-rejected', code: 'X', status: 400 }, { 'sluice_rejected_total{code="X"}': 1 }],
  [
    'a failed attempt',
    { kind: 'attempt-failed', pool: 'small', endpoint: 'e1', code: 'X' },
    { 'sluice_attempts_failed_total{pool="small",endpoint="e1",code="X"}': 1 },
  ],
  [
    'an ejection',
    { kind: 'endpoint-changed', pool: 'small', endpoint: 'e1', state: 'ejected', reason: 'why' },
    { 'sluice_endpoint_changes_total{pool="small",endpoint="e1",state="ejected"}': 1 },
  ],
  [
    'a deferral',
    { kind: 'stage-deferred', route: 'chat', pool: 'small', reason: 'empty' },
    { 'sluice_stage_deferred_total{route="chat",pool="small",reason="empty"}': 1 },
  ],
  ['feedback', { kind: 'feedback-received', result: 'stored' }, { 'sluice_feedback_total{result="stored"}': 1 }],
  [
    'a learner’s step',
    { kind: 'learner-updated', version: 9, rewards: 3 },
    { sluice_rewards_total: 3, sluice_learner_version: 9 },
  ],
  [
    'a reload',
    { kind: 'policy-reloaded', result: 'refused', fingerprint: 'f', detail: '' },
    { 'sluice_policy_reloads_total{result="refused"}': 1 },
  ],
  ['a lost write', { kind: 'store-failed', detail: '' }, { sluice_store_failures_total: 1 }],
  [
    'lost spans',
    { kind: 'spans-settled', result: 'buffer-full', spans: 7, detail: undefined },
    { 'sluice_spans_total{result="buffer-full"}': 7 },
  ],
])('%s', async (_what, event, expected) => {
  const values = await valuesOf(metricsOf([event]).text());
  expect(Object.fromEntries(Object.keys(expected).map((key) => [key, values.get(key) ?? NONE]))).toEqual(expected);
});

it('a later stage is neither a retry nor a fallback', async () => {
  const text = await metricsOf([retried]).text();
  expect(text.match(/^sluice_(?:retries|fallbacks)_total.*/gm)).toHaveLength(2);
});

it('reads gauges when it is scraped', async () => {
  const values = await valuesOf(metricsOf([]).text());
  expect(values.get('sluice_endpoint_in_flight{pool="small",endpoint="e1"}')).toBe(3);
  expect(values.get('sluice_endpoint_healthy{pool="small",endpoint="e1"}')).toBe(1);
  expect(values.get('sluice_endpoint_healthy{pool="small",endpoint="e2"}')).toBe(0);
  expect(values.get('sluice_open_decisions')).toBe(4);
  expect(values.get('sluice_queue_length{pool="small"}')).toBe(5);
  expect(values.get('sluice_event_loop_delay_seconds{quantile="0.99"}')).toBe(0.02);
});

it('serves the same from the registry, beside the metrics of the process', async () => {
  const metrics = metricsOf([finished(), retried]);
  const text = await metrics.text();
  expect(await valuesOf(metrics.registry.metrics())).toEqual(await valuesOf(text));
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(metrics.contentType).toContain('text/plain; version=0.0.4');
});

it('adds workers up: counters and histograms as one worker that saw everything, gauges as they are documented', async () => {
  const events = [finished(), retried, finished({ route: 'batch', e2eMs: 9_000 })];
  const one = metricsOf(events, { openDecisions: () => 8 });
  const workers = [
    metricsOf(events.slice(0, 1)),
    metricsOf(events.slice(1), {
      endpoints: () => [{ pool: 'small', endpoint: 'e1', state: 'probing', inFlight: 2 }],
      eventLoopDelay: () => ({ p50: 0.002, p99: 0.01, max: 0.5 }),
    }),
  ];
  for (const [i, worker] of workers.entries()) worker.observe({ kind: 'learner-updated', version: 5 + i, rewards: 1 });
  // As a message between processes would bring them.
  const parts = await Promise.all(
    workers.map(async (worker) => JSON.parse(JSON.stringify(await worker.serialise())) as MetricsPart),
  );
  const text = await mergeMetrics(parts);
  const merged = await valuesOf(text);
  for (const [key, value] of await valuesOf(one.text()))
    if (/requests|tokens|cost|_seconds_(?:bucket|sum|count)|attempts|retries|open_decisions/.test(key))
      expect(merged.get(key), key).toBeCloseTo(value, 9);
  expect(merged.get('sluice_endpoint_in_flight{pool="small",endpoint="e1"}')).toBe(5);
  expect(merged.get('sluice_endpoint_healthy{pool="small",endpoint="e1"}')).toBe(0);
  expect(merged.get('sluice_learner_version')).toBe(6);
  expect(merged.get('sluice_rewards_total')).toBe(2);
  expect(merged.get('sluice_event_loop_delay_seconds{quantile="0.99"}')).toBe(0.02);
  expect(merged.get('sluice_event_loop_delay_seconds{quantile="1"}')).toBe(0.5);
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text.match(/^# TYPE sluice_requests_total /gm)).toHaveLength(1);
});
