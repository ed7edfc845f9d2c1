// Spans over a real socket to a collector that takes them, refuses them, breaks, or is not there.
import { describe, expect, it, onTestFinished } from 'vitest';
import { manualClock, seededRandom, type GatewayEvent } from '../base/index.ts';
import { startCollector } from './fixtures/collector.ts';
import { attempt, finished } from './fixtures/finished.ts';
import { readTracingConfig } from './tracing-config.ts';
import { createTracing } from './tracing.ts';

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

function tracingTo(endpoint: string) {
  const events: GatewayEvent[] = [];
  const clock = manualClock(1_000);
  const config = readTracingConfig({ SLUICE_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=k' });
  if (config === undefined) throw new Error('no endpoint');
  const tracing = createTracing(config, clock, seededRandom(1), (event) => void events.push(event));
  onTestFinished(() => tracing.close());
  /** Spans by what became of them. */
  const settled = () => {
    const sums: Record<string, number> = {};
    for (const event of events)
      if (event.kind === 'spans-settled') sums[event.result] = (sums[event.result] ?? 0) + event.spans;
    return sums;
  };
  return { tracing, clock, events, settled };
}

it('exports a request and its attempts as OTLP', async () => {
  const collector = await startCollector();
  const { tracing, settled } = tracingTo(collector.url);
  tracing.observe(finished({ attempts: [attempt({ status: 503, errorCode: 'X' }), attempt()] }));
  tracing.observe({ kind: 'store-failed', detail: 'not a request' });
  await tracing.flush();
  const [got] = collector.received;
  expect(collector.received).toHaveLength(1);
  expect(got).toMatchObject({
    path: '/v1/traces',
    headers: { 'content-type': 'application/json', 'x-key': 'k' },
    resource: [{ key: 'service.name', value: { stringValue: 'sluice' } }],
  });
  expect(got?.spans.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'chat auto 2',
    'chat small 3',
    'chat small 3',
  ]);
  expect(settled()).toEqual({ exported: 3 });
});

it('keeps what the caller does not sample to itself', async () => {
  const collector = await startCollector();
  const { tracing } = tracingTo(collector.url);
  tracing.observe(finished({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` }));
  await tracing.flush();
  expect(collector.received).toEqual([]);
});

it('exports by itself when a batch is full, and in batches', async () => {
  const collector = await startCollector();
  const { tracing, settled } = tracingTo(collector.url);
  for (let i = 0; i < 300; i++) tracing.observe(finished());
  await tracing.flush();
  expect(collector.received.map(({ spans }) => spans.length)).toEqual([128, 128, 128, 128, 88]);
  expect(settled()).toEqual({ exported: 600 });
});

it('flushes when it is closed', async () => {
  const collector = await startCollector();
  const { tracing, settled } = tracingTo(collector.url);
  tracing.observe(finished());
  await tracing.close();
  expect(settled()).toEqual({ exported: 2 });
});

describe('a collector in trouble', () => {
  it('that is not there costs a bounded buffer and nothing else; what is dropped is counted', async () => {
    const { tracing, clock, events, settled } = tracingTo(NOWHERE);
    tracing.observe(finished());
    await tracing.flush();
    expect(events).toEqual([
      {
        kind: 'spans-settled',
        result: 'export-failed',
        spans: 0,
        detail: 'the collector cannot be reached: ECONNREFUSED',
      },
    ]);
    for (let i = 0; i < 5_000; i++) tracing.observe(finished());
    expect(settled()).toEqual({ 'export-failed': 0, 'buffer-full': 2 * (5_001 - 4_096) });
    clock.advance(1_000);
    await tracing.flush();
    await tracing.close();
    expect(settled()).toEqual({ 'export-failed': 2 * 4_096, 'buffer-full': 2 * (5_001 - 4_096) });
  });

  it.each([429, 503])('that says %i is asked again after a pause, each longer than the last', async (status) => {
    const collector = await startCollector();
    const { tracing, clock, settled } = tracingTo(collector.url);
    collector.answer = { status, body: '' };
    tracing.observe(finished());
    await tracing.flush();
    await tracing.flush();
    expect(collector.received).toHaveLength(1);
    clock.advance(1_000);
    await tracing.flush();
    expect(collector.received).toHaveLength(2);
    clock.advance(1_000);
    await tracing.flush();
    expect(collector.received).toHaveLength(2);
    collector.answer = { status: 200, body: '' };
    clock.advance(1_000);
    await tracing.flush();
    expect(collector.received).toHaveLength(3);
    expect(settled()).toEqual({ exported: 2, 'export-failed': 0 });
  });

  it('that refuses spans for good gets them once', async () => {
    const collector = await startCollector();
    const { tracing, clock, settled } = tracingTo(collector.url);
    collector.answer = { status: 401, body: 'who are you, Bearer k?' };
    tracing.observe(finished());
    await tracing.flush();
    clock.advance(60_000);
    await tracing.flush();
    expect(collector.received).toHaveLength(1);
    expect(settled()).toEqual({ 'export-failed': 2 });
  });

  it('that takes only a part is believed', async () => {
    const collector = await startCollector();
    const { tracing, settled } = tracingTo(collector.url);
    collector.answer = { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"old"}}' };
    tracing.observe(finished());
    await tracing.flush();
    expect(settled()).toEqual({ exported: 1, 'export-failed': 1 });
  });
});
