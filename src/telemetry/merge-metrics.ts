// The metrics of several workers as one scrape: counters and histograms add up, gauges as each one says.
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Merge } from './family.ts';
import { toText, type FamilySnapshot } from './text.ts';

/** One worker's metrics: plain data that survives JSON and process messages. */
export interface MetricsPart {
  readonly ours: readonly FamilySnapshot[];
  /** prom-client's JSON of the `process_*` and `nodejs_*` metrics. */
  readonly process: readonly object[];
}

const MERGES: Readonly<Record<Merge, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** The text of a scrape. The parts are of workers of one build. */
export async function mergeMetrics(parts: readonly MetricsPart[]): Promise<string> {
  const ofProcess = await processesOf(parts).metrics();
  return `${ofProcess}\n${mergeFamilies(parts).map(toText).join('\n\n')}\n`;
}

/** What is true of workers that are gone, as one part: their counters and histograms. */
export async function whatStays(parts: readonly MetricsPart[]): Promise<MetricsPart> {
  const counted = parts.map(({ ours, process }) => ({
    ours: ours.filter(isCount),
    process: process.filter((metric) => isCount(metric as { readonly type: string })),
  }));
  return { ours: mergeFamilies(counted), process: await processesOf(counted).getMetricsAsJSON() };
}

const isCount = ({ type }: { readonly type: string }): boolean => type === 'counter' || type === 'histogram';

function processesOf(parts: readonly MetricsPart[]): Registry {
  return AggregatorRegistry.aggregate(parts.map(({ process }) => [...process]));
}

function mergeFamilies(parts: readonly MetricsPart[]): readonly FamilySnapshot[] {
  const byName = new Map<string, FamilySnapshot[]>();
  for (const family of parts.flatMap(({ ours }) => ours)) {
    const known = byName.get(family.name);
    if (known === undefined) byName.set(family.name, [family]);
    else known.push(family);
  }
  return Array.from(byName.values(), mergeFamily);
}

function mergeFamily(families: readonly FamilySnapshot[]): FamilySnapshot {
  const [first] = families;
  if (first === undefined) throw new Error('nothing to merge');
  const merge = MERGES[first.merge];
  const series = new Map<string, { readonly labels: readonly string[]; numbers: readonly number[] }>();
  for (const { labels, numbers } of families.flatMap((family) => family.series)) {
    const key = labels.join('\0');
    const known = series.get(key);
    if (known === undefined) series.set(key, { labels, numbers });
    else known.numbers = known.numbers.map((number, i) => merge(number, numbers[i] ?? 0));
  }
  return { ...first, series: [...series.values()] };
}
