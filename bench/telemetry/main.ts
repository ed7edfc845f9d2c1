// What telemetry costs: observing one finished request, and one scrape with 50 routes over 10 pools. `tsx bench/telemetry/main.ts`
import type { RequestFinished } from '../../src/base/index.ts';
import { createMetrics } from '../../src/telemetry/index.ts';

const ROUTES = 50;
const POOLS = 10;
const ROUNDS = 7;
const EVENTS_PER_ROUND = 200_000;
const SCRAPES = 60;

const metrics = createMetrics({
  endpoints: () =>
    Array.from({ length: POOLS * 2 }, (_, i) => ({
      pool: `pool-${i >> 1}`,
      endpoint: `http://host-${i}:8000/v1`,
      state: 'healthy',
      inFlight: i,
    })),
  openDecisions: () => 7,
});
const events = Array.from({ length: ROUTES * POOLS }, (_, i) => finished(i));

const observing = Array.from({ length: ROUNDS }, () => {
  const before = process.cpuUsage();
  for (let i = 0; i < EVENTS_PER_ROUND; i++) {
    const event = events[i % events.length];
    if (event !== undefined) metrics.observe(event);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EVENTS_PER_ROUND;
});
print('observe one request-finished, us CPU', observing.slice(1));

let body = '';
const scraping: number[] = [];
for (let i = 0; i < SCRAPES; i++) {
  const before = process.cpuUsage();
  body = await metrics.text();
  // As a response would: strings that have only been put together are not written yet.
  Buffer.from(body);
  const { user, system } = process.cpuUsage(before);
  scraping.push((user + system) / 1000);
}
print('one scrape, ms CPU', scraping.slice(SCRAPES / 2));
console.log(`its text: ${body.split('\n').length} lines, ${(body.length / 1024).toFixed(0)} KiB`);

/** A streamed answer at the first attempt; every 20th has a retry before it. */
function finished(i: number): RequestFinished {
  const pool = `pool-${i % POOLS}`;
  const usage = { inputTokens: 700, cachedInputTokens: 512, outputTokens: 120, estimated: false };
  const attempt = {
    pool,
    endpoint: `http://host-${(i % POOLS) * 2}:8000/v1`,
    stage: 0,
    status: 200,
    errorCode: undefined,
    ttftMs: 40 + (i % 300),
    itlMs: 11,
    queuedMs: i % 7,
    costUsd: 0.0004,
    usage,
  };
  return {
    kind: 'request-finished',
    decisionId: `dec_${i.toString(16).padStart(32, '0')}`,
    route: `route-${Math.floor(i / POOLS)}`,
    strategy: 'bandit',
    pool,
    model: 'model',
    requestedModel: 'auto',
    operation: 'chat',
    workloadKind: 'chat',
    topic: `topic-${i % 14}`,
    confinedBy: undefined,
    finish: 'completed',
    status: 200,
    stream: true,
    errorCode: undefined,
    attempts: i % 20 === 0 ? [{ ...attempt, status: 503, errorCode: 'upstream_503' }, attempt] : [attempt],
    startedAt: 1_700_000_000_000,
    ttftMs: 40 + (i % 300),
    e2eMs: 900 + i,
    overheadMs: 0.05 + i / 1000,
    traceparent: undefined,
    spanId: undefined,
  };
}

function print(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, median, high] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((v) => (v ?? 0).toFixed(2));
  console.log(`${what}: median ${median} (${low} to ${high})`);
}
