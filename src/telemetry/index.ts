// telemetry: Prometheus metrics and logs: subscribes to events; imported by main alone.
export { createEventLog } from './event-log.ts';
export { mergeMetrics } from './merge-metrics.ts';
export { createMetrics, type Metrics } from './metrics.ts';
