// The Grafana dashboard: as its source builds it, and of metrics and labels that there are.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { buildDashboard } from '../deploy/grafana/build.ts';
import { metricsIn, registeredMetrics, wrongLabels } from './support/promql.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const file = JSON.parse(readFileSync(resolve(import.meta.dirname, '../deploy/grafana/sluice.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = file.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
);

it('is what its source builds (npm run dashboard)', () => {
  expect(file).toEqual(buildDashboard());
});

it('has panels side by side, each with an id of its own', () => {
  expect(new Set(file.panels.map(({ id }) => id)).size).toBe(file.panels.length);
  expect(new Set(file.panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`)).size).toBe(file.panels.length);
  for (const { gridPos } of file.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});

it.each(queries)('%s: %s', async (_title, expr, legend) => {
  const metrics = await registeredMetrics();
  const used = metricsIn(expr);
  expect(used.length).toBeGreaterThan(0);
  for (const name of used) expect([...metrics.keys()]).toContain(name);
  expect(wrongLabels(expr, metrics)).toEqual([]);
  // What a legend shows must have been grouped by.
  const grouped = new Set([...expr.matchAll(/by \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/)));
  for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
    expect(label === 'instance' || grouped.has(label), `${label} in ${legend}`).toBe(true);
});

it('can see a metric or a label that is not there', async () => {
  const metrics = await registeredMetrics();
  expect(metrics.has('sluice_gone_total')).toBe(false);
  expect(metricsIn('rate(sluice_gone_total{pool="x"}[5m])')).toEqual(['sluice_gone_total']);
  expect(wrongLabels('sum by (route) (sluice_endpoint_healthy{pool="x"})', metrics)).toEqual(['route']);
  expect(wrongLabels('rate(sluice_retries_total{topic="x"}[5m])', metrics)).toEqual(['topic']);
});
