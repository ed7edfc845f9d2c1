// What a PromQL expression uses of our metrics, against what is registered.
import { createMetrics } from '../../src/telemetry/index.ts';

/** Every name that a scrape can have (a histogram has three), with its labels. */
export async function registeredMetrics(): Promise<ReadonlyMap<string, readonly string[]>> {
  const metrics = createMetrics({ endpoints: () => [], openDecisions: () => 0 });
  const names = new Map<string, readonly string[]>();
  for (const { name, type } of await metrics.registry.getMetricsAsJSON()) {
    const { labelNames } = metrics.registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
    if (String(type) !== 'histogram') names.set(name, labelNames);
    else {
      names.set(`${name}_bucket`, ['le', ...labelNames]);
      for (const end of ['_sum', '_count']) names.set(`${name}${end}`, labelNames);
    }
  }
  metrics.close();
  return names;
}

export function metricsIn(expr: string): string[] {
  return [...new Set(expr.match(/\b(?:sluice|process|nodejs)_\w+/g) ?? [])];
}

/** Labels in selectors and groupings that no metric of the expression has. */
export function wrongLabels(expr: string, metrics: ReadonlyMap<string, readonly string[]>): string[] {
  const known = new Set(['instance', 'job', ...metricsIn(expr).flatMap((name) => metrics.get(name) ?? [])]);
  const selected = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((label) => label[1] ?? ''),
  );
  const grouped = [...expr.matchAll(/\b(?:by|on|without) \(([^)]*)\)/g)].flatMap((match) =>
    (match[1] ?? '').split(',').map((label) => label.trim()),
  );
  return [...selected, ...grouped].filter((label) => !known.has(label));
}
