// Prometheus metrics from the conductor's events: Sluice's own beside those of the process, in one prom-client registry.
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { GatewayEvent } from '../base/index.ts';
import { monitorEventLoop } from './event-loop.ts';
import { createFamilies, type Gauges } from './families.ts';
import type { MetricsPart } from './merge-metrics.ts';
import { createObserver } from './observe.ts';

export interface Metrics {
  /** For whoever knows prom-client; `text` is the same and several times faster. */
  readonly registry: Registry;
  readonly contentType: string;
  observe(event: GatewayEvent): void;
  /** The scrape's body. Resets what is measured from scrape to scrape (the event loop's delay). */
  text(): Promise<string>;
  /** Everything as JSON-like data, for `mergeMetrics` in another process. Resets as `text` does. */
  serialise(): Promise<MetricsPart>;
  close(): void;
}

export function createMetrics(gauges: Gauges): Metrics {
  const monitor = monitorEventLoop();
  const families = createFamilies({ eventLoopDelay: () => monitor.read(), ...gauges });
  const ours = Object.values(families);
  const processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  const registry = Registry.merge([processRegistry]);
  for (const family of ours) family.register(registry);
  return {
    registry,
    contentType: registry.contentType,
    observe: createObserver(families),
    text: async () => {
      const ofProcess = await processRegistry.metrics();
      return `${ofProcess}\n${ours.map((family) => family.text()).join('\n\n')}\n`;
    },
    serialise: async () => ({
      ours: ours.map((family) => family.snapshot()),
      process: await processRegistry.getMetricsAsJSON(),
    }),
    close: () => monitor.close(),
  };
}
