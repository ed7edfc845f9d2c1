// Spans are exported where a collector is configured: the client for it is read when the first of them is made.
import type { Clock, Publish, Random } from '../base/index.ts';
import type { TracingConfig } from './tracing-config.ts';
import type { Tracing } from './tracing.ts';

export async function createTracing(
  config: TracingConfig,
  clock: Clock,
  random: Random,
  publish: Publish,
): Promise<Tracing> {
  const { createTracing: create } = await import('./tracing.ts');
  return create(config, clock, random, publish);
}
