// The latency histograms of a simulated server, with vLLM's buckets.
import type { Sequence } from './sequence.ts';

/**
 * Counts by bucket, not cumulated; the last bucket is +Inf. Not prom-client's Histogram, since one observation a token at 0.36 us
 * (measured) would cost several times the engine's step.
 */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  sum: number;
}

// Bounds in seconds: vllm/v1/metrics/loggers.py.
const FIRST_TOKEN = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const TOKEN_GAP = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

const histogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: new Float64Array(bounds.length + 1),
  sum: 0,
});

export function observeMs(into: Histogram, ms: number): void {
  const seconds = ms / 1000;
  let bucket = 0;
  while (seconds > (into.bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
  into.counts[bucket] = (into.counts[bucket] ?? 0) + 1;
  into.sum += seconds;
}

/** Simulated seconds: those of the wall clock at time scale 1. */
export interface LatencyMeter {
  readonly ttft: Histogram;
  readonly itl: Histogram;
  readonly e2e: Histogram;
  readonly queue: Histogram;
  readonly prefill: Histogram;
  readonly decode: Histogram;
}

export function createLatencyMeter(): LatencyMeter {
  return {
    ttft: histogram(FIRST_TOKEN),
    itl: histogram(TOKEN_GAP),
    e2e: histogram(REQUEST),
    queue: histogram(REQUEST),
    prefill: histogram(REQUEST),
    decode: histogram(REQUEST),
  };
}

/** The intervals that vLLM reports of a finished request; a pre-emption's second queueing counts as prefill or decode, as it does there. */
export function observeFinished(meter: LatencyMeter, sequence: Sequence): void {
  const { arrivedMs, scheduledMs, firstTokenMs, lastTokenMs } = sequence;
  observeMs(meter.e2e, lastTokenMs - arrivedMs);
  observeMs(meter.queue, scheduledMs - arrivedMs);
  observeMs(meter.prefill, firstTokenMs - scheduledMs);
  observeMs(meter.decode, lastTokenMs - firstTokenMs);
}
