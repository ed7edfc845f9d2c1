// Two processes' metrics as one page: counters and histograms add up, states do not.
import { expect, it } from 'vitest';
import { mergeMetrics } from './merge-metrics.ts';
import { createMetrics } from './metrics.ts';

async function partOf(state: string, version: number, seconds: number): Promise<unknown> {
  const metrics = createMetrics({
    endpoints: () => [{ pool: 'p', endpoint: 'e', state, inFlight: 2 }],
    openDecisions: () => 3,
  });
  metrics.observe({ kind: 'learner-updated', version, rewards: 4 });
  metrics.observe({
    kind: 'request-finished',
    decisionId: 'd',
    route: 'r',
    strategy: 's',
    pool: 'p',
    model: 'm',
    topic: 't',
    finish: 'completed',
    status: 200,
    stream: false,
    errorCode: undefined,
    attempts: [],
    ttftMs: undefined,
    e2eMs: seconds * 1000,
    overheadMs: 1,
  });
  // As it crosses from process to process.
  return structuredClone(await metrics.serialise());
}

it('adds counters, histograms and loads; an endpoint is healthy where all say so; the newest version counts', async () => {
  const page = await mergeMetrics([await partOf('healthy', 7, 0.2), await partOf('ejected', 5, 3)]);
  for (const line of [
    'sluice_requests_total{route="r",strategy="s",pool="p",finish="completed",status="200"} 2',
    'sluice_e2e_seconds_bucket{le="0.25",pool="p"} 1',
    'sluice_e2e_seconds_bucket{le="+Inf",pool="p"} 2',
    'sluice_e2e_seconds_sum{pool="p"} 3.2',
    'sluice_endpoint_in_flight{pool="p",endpoint="e"} 4',
    'sluice_open_decisions 6',
    'sluice_rewards_total 8',
    'sluice_endpoint_healthy{pool="p",endpoint="e"} 0',
    'sluice_learner_version 7',
  ]) {
    expect(page.split('\n')).toContain(line);
  }
});

it('one process alone is its own page, all but what cannot be joined', async () => {
  const metrics = createMetrics({ endpoints: () => [], openDecisions: () => 0 });
  const ours = (page: string): string[] => page.split('\n').filter((line) => line.startsWith('sluice_'));
  const own = ours(await metrics.registry.metrics());
  expect(own.length).toBeGreaterThan(3);
  expect(ours(await mergeMetrics([await metrics.serialise()]))).toEqual(own);
});
