// telemetry: Prometheus metrics, logs and spans: subscribes to events; no room of a request's way imports it.
export { telemetryErrors } from './errors.ts';
export { createEventLog } from './event-log.ts';
export { createLogger, type LoggerOptions } from './logger.ts';
export { mergeMetrics, whatStays, type MetricsPart } from './merge-metrics.ts';
export { createTracing } from './late-tracing.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { readTracingConfig, type TracingConfig } from './tracing-config.ts';
export type { Tracing } from './tracing.ts';
