// The metrics of several processes as one page: what adds up is added, the rest is joined as its metric says.
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';

type Part = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Gauges whose sum over processes would mean nothing; prom-client's own metrics name theirs. */
const JOINED_BY: Readonly<Record<string, MetricObjectWithValues<MetricValue<string>>['aggregator']>> = {
  sluice_endpoint_healthy: 'min',
  sluice_learner_version: 'max',
};

/** `parts`: each what one process's `Metrics.serialise` gave. Resolves to the page in the Prometheus text format. */
export async function mergeMetrics(parts: readonly unknown[]): Promise<string> {
  const named = (parts as readonly Part[]).map((part) =>
    part.map((metric) => {
      const aggregator = JOINED_BY[metric.name];
      return aggregator === undefined ? metric : { ...metric, aggregator };
    }),
  );
  const merged: Registry = AggregatorRegistry.aggregate(named);
  return merged.metrics();
}
