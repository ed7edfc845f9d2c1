// The Prometheus page of a simulated server, with vLLM's metric names, labels and buckets.
import { Counter, Gauge, Registry } from 'prom-client';
import { BLOCK_TOKENS } from './block-pool.ts';
import { contextLimit, type EngineSnapshot } from './engine.ts';
import type { EngineProfile } from './engine-profiles.ts';
import type { Histogram, LatencyMeter } from './latency-meter.ts';
import type { Tally } from './sim-stats.ts';

export interface SimMetricsSource {
  readonly model: string;
  readonly profile: EngineProfile;
  readonly tally: Tally;
  readonly meter: LatencyMeter;
  readonly snapshot: () => EngineSnapshot;
}

export interface SimMetrics {
  readonly contentType: string;
  page(): Promise<string>;
}

type Row<Read> = readonly [name: string, help: string, read: Read];
type FromEngine = (engine: EngineSnapshot, tally: Tally) => number;

const GAUGES: readonly Row<FromEngine>[] = [
  ['vllm:num_requests_running', 'Number of requests in model execution batches.', (engine) => engine.running],
  ['vllm:num_requests_waiting', 'Number of requests waiting to be processed.', (engine) => engine.waiting],
  ['vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', (engine) => engine.kvUsage],
];

const COUNTERS: readonly Row<FromEngine>[] = [
  [
    'vllm:prefix_cache_queries_total',
    'Prefix cache queries, in terms of number of queried tokens.',
    (engine) => engine.prefixQueryTokens,
  ],
  [
    'vllm:prefix_cache_hits_total',
    'Prefix cache hits, in terms of number of cached tokens.',
    (engine) => engine.prefixHitTokens,
  ],
  ['vllm:num_preemptions_total', 'Cumulative number of preemption from the engine.', (engine) => engine.preemptions],
  ['vllm:prompt_tokens_total', 'Number of prefill tokens processed.', (_engine, tally) => tally.promptTokens],
  ['vllm:generation_tokens_total', 'Number of generation tokens processed.', (_engine, tally) => tally.generatedTokens],
];

const HISTOGRAMS: readonly Row<keyof LatencyMeter>[] = [
  ['vllm:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', 'ttft'],
  ['vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', 'itl'],
  ['vllm:e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', 'e2e'],
  ['vllm:request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', 'queue'],
  ['vllm:request_prefill_time_seconds', 'Histogram of time spent in PREFILL phase for request.', 'prefill'],
  ['vllm:request_decode_time_seconds', 'Histogram of time spent in DECODE phase for request.', 'decode'],
];

/** Text exposition of one histogram; `labels` without braces, already escaped. */
function histogramText(name: string, help: string, labels: string, { bounds, counts, sum }: Histogram): string {
  let total = 0;
  const buckets = Array.from(counts, (count, i) => {
    total += count;
    return `${name}_bucket{${labels},le="${bounds[i] ?? '+Inf'}"} ${total}`;
  });
  const head = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  return [...head, ...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`, ''].join('\n');
}

/** vLLM labels this one with the engine alone; of its configuration what a load balancer sizes its prefix index by. */
function registerCacheConfig(registry: Registry, profile: EngineProfile): void {
  const labels = {
    block_size: String(BLOCK_TOKENS),
    enable_prefix_caching: 'True',
    num_gpu_blocks: String(contextLimit(profile) / BLOCK_TOKENS),
    engine: '0',
  };
  new Gauge({
    name: 'vllm:cache_config_info',
    help: 'Information of the LLMEngine CacheConfig',
    labelNames: Object.keys(labels),
    registers: [registry],
  }).set(labels, 1);
}

/** Values are read when the page is asked for, so counting costs a request nothing. */
export function createSimMetrics({ model, profile, tally, meter, snapshot }: SimMetricsSource): SimMetrics {
  const registry = new Registry();
  const registers = [registry];
  const labels = { model_name: model, engine: '0' };
  const labelNames = ['model_name', 'engine'];

  for (const [name, help, read] of GAUGES) {
    const collect = function (this: Gauge): void {
      this.set(labels, read(snapshot(), tally));
    };
    registry.registerMetric(new Gauge({ name, help, labelNames, registers: [], collect }));
  }
  for (const [name, help, read] of COUNTERS) {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(labels, read(snapshot(), tally));
    };
    registry.registerMetric(new Counter({ name, help, labelNames, registers: [], collect }));
  }
  void new Counter({
    name: 'vllm:request_success_total',
    help: 'Count of successfully processed requests.',
    labelNames: [...labelNames, 'finished_reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(tally.finished))
        this.inc({ ...labels, finished_reason: reason }, count);
    },
  });
  registerCacheConfig(registry, profile);

  const escaped = model.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  const text = `model_name="${escaped}",engine="0"`;
  return {
    contentType: registry.contentType,
    async page() {
      const histograms = HISTOGRAMS.map(([name, help, of]) => histogramText(name, help, text, meter[of]));
      return (await registry.metrics()) + histograms.join('\n');
    },
  };
}
