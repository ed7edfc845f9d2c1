// The Prometheus page of a simulated server, with vLLM's metric names.
import { Counter, Gauge, Registry } from 'prom-client';
import type { EngineSnapshot } from './engine.ts';
import type { Tally } from './sim-stats.ts';

/** Values are read from `tally` and `snapshot` when the page is asked for, so counting costs a request nothing. */
export function createSimMetrics(model: string, tally: Tally, snapshot: () => EngineSnapshot): Registry {
  const registry = new Registry();
  const labels = { model_name: model, engine: '0' };
  const labelNames = ['model_name', 'engine'];
  const registers = [registry];

  const gauge = (name: string, help: string, read: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(labels, read());
    };
    registry.registerMetric(new Gauge({ name, help, labelNames, registers: [], collect }));
  };
  const counter = (name: string, help: string, read: () => number): void => {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(labels, read());
    };
    registry.registerMetric(new Counter({ name, help, labelNames, registers: [], collect }));
  };

  gauge('vllm:num_requests_running', 'Number of requests in the batch.', () => snapshot().running);
  gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', () => snapshot().waiting);
  gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', () => snapshot().kvUsage);
  counter('vllm:prompt_tokens_total', 'Number of prefill tokens processed.', () => tally.promptTokens);
  counter('vllm:generation_tokens_total', 'Number of generation tokens processed.', () => tally.generatedTokens);
  void new Counter({
    name: 'vllm:request_success_total',
    help: 'Count of successfully processed requests.',
    labelNames: [...labelNames, 'finished_reason'],
    registers,
    collect() {
      this.reset();
      this.inc({ ...labels, finished_reason: 'stop' }, tally.completed.stop);
      this.inc({ ...labels, finished_reason: 'length' }, tally.completed.length);
      this.inc({ ...labels, finished_reason: 'abort' }, tally.aborted);
    },
  });
  return registry;
}
