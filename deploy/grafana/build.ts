// The Grafana dashboard as code: `npm run dashboard` writes sluice.json; a test holds it to this file and to the metrics there are.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface PanelSpec {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly description?: string;
}

const RATE = '$__rate_interval';
const WIDTH = 24;
const PANEL = { w: 8, h: 7 };
const PER_ROW = WIDTH / PANEL.w;

const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }];

const quantile = (q: number, metric: string, by: string): Query => ({
  expr: `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket{route=~"$route"}[${RATE}])))`,
  legend: `p${q * 100} {{${by}}}`,
});

export const PANELS: readonly PanelSpec[] = [
  {
    title: 'Requests',
    unit: 'reqps',
    queries: one(`sum by (route) (rate(sluice_requests_total{route=~"$route"}[${RATE}]))`, '{{route}}'),
  },
  {
    title: 'Requests that did not end well',
    unit: 'percentunit',
    description: 'Failed and interrupted, of all that were routed. Callers who left count as neither.',
    queries: one(
      `sum by (route) (rate(sluice_requests_total{route=~"$route", finish=~"failed|interrupted"}[${RATE}])) / sum by (route) (rate(sluice_requests_total{route=~"$route"}[${RATE}]))`,
      '{{route}}',
    ),
  },
  {
    title: 'Failed attempts',
    unit: 'ops',
    queries: one(`sum by (pool, code) (rate(sluice_attempts_failed_total[${RATE}]))`, '{{pool}} {{code}}'),
  },
  {
    title: 'TTFT',
    unit: 's',
    queries: [0.5, 0.99].map((q) => quantile(q, 'sluice_ttft_seconds', 'pool')),
  },
  {
    title: 'E2E',
    unit: 's',
    queries: [0.5, 0.99].map((q) => quantile(q, 'sluice_e2e_seconds', 'route')),
  },
  {
    title: 'Overhead',
    unit: 's',
    description: "Sluice's own time: total less waiting for upstreams.",
    queries: [0.5, 0.99].map((q) => quantile(q, 'sluice_overhead_seconds', 'route')),
  },
  {
    title: 'Cost per hour',
    unit: 'currencyUSD',
    queries: one(`sum by (route) (rate(sluice_cost_usd_total{route=~"$route"}[${RATE}])) * 3600`, '{{route}}'),
  },
  {
    title: 'Tokens per second',
    unit: 'short',
    description: 'cached_input is a part of input.',
    queries: one(
      `sum by (pool, direction) (rate(sluice_tokens_total{route=~"$route"}[${RATE}]))`,
      '{{pool}} {{direction}}',
    ),
  },
  {
    title: 'Gap between tokens, p99',
    unit: 's',
    queries: one(`histogram_quantile(0.99, sum by (le, pool) (rate(sluice_itl_seconds_bucket[${RATE}])))`, '{{pool}}'),
  },
  {
    title: 'In flight',
    unit: 'short',
    queries: one('sum by (pool) (sluice_endpoint_in_flight)', '{{pool}}'),
  },
  {
    title: 'Queue',
    unit: 'short',
    queries: [
      { expr: 'sum by (pool) (sluice_queue_length)', legend: 'waiting {{pool}}' },
      {
        expr: `histogram_quantile(0.99, sum by (le, pool) (rate(sluice_queue_wait_seconds_bucket[${RATE}])))`,
        legend: 'p99 wait, s {{pool}}',
      },
    ],
  },
  {
    title: 'Endpoints out, ejections',
    unit: 'short',
    queries: [
      { expr: 'count by (pool) (sluice_endpoint_healthy == 0)', legend: 'out {{pool}}' },
      {
        expr: `sum by (pool, endpoint) (increase(sluice_endpoint_changes_total{state="ejected"}[${RATE}]))`,
        legend: 'ejected {{pool}} {{endpoint}}',
      },
    ],
  },
  {
    title: 'Retries, fallbacks, later stages',
    unit: 'ops',
    queries: [
      { expr: `sum by (route) (rate(sluice_retries_total{route=~"$route"}[${RATE}]))`, legend: 'retries {{route}}' },
      {
        expr: `sum by (pool, to) (rate(sluice_fallbacks_total{route=~"$route"}[${RATE}]))`,
        legend: 'fallbacks {{pool}} to {{to}}',
      },
      {
        expr: `sum by (route, pool) (rate(sluice_stage_deferred_total{route=~"$route"}[${RATE}]))`,
        legend: 'deferred {{route}} {{pool}}',
      },
    ],
  },
  {
    title: 'Event loop delay',
    unit: 's',
    queries: one('max by (quantile) (sluice_event_loop_delay_seconds)', 'p{{quantile}}'),
  },
  {
    title: 'Memory',
    unit: 'bytes',
    queries: one('process_resident_memory_bytes', '{{instance}}'),
  },
];

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export function buildDashboard(): object {
  return {
    title: 'Sluice',
    uid: 'sluice',
    tags: ['sluice', 'llm'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'route',
          type: 'query',
          label: 'Route',
          datasource: DATASOURCE,
          query: { query: 'label_values(sluice_requests_total, route)', refId: 'routes' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: PANELS.map(({ title, unit, queries, description }, at) => ({
      id: at + 1,
      title,
      type: 'timeseries',
      ...(description === undefined ? {} : { description }),
      datasource: DATASOURCE,
      gridPos: { ...PANEL, x: (at % PER_ROW) * PANEL.w, y: Math.floor(at / PER_ROW) * PANEL.h },
      fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10 } }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
      targets: queries.map(({ expr, legend }, i) => ({
        refId: String.fromCodePoint(65 + i),
        datasource: DATASOURCE,
        expr,
        legendFormat: legend,
      })),
    })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(resolve(import.meta.dirname, 'sluice.json'), `${JSON.stringify(buildDashboard(), null, 2)}\n`);
