// A metric's series as Prometheus text, byte for byte as prom-client writes them, and as the values that prom-client hands on.
import type { Merge } from './family.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** All of a metric as plain data: what workers send to each other. */
export interface FamilySnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly merge: Merge;
  readonly labelNames: readonly string[];
  /** Of a histogram's buckets; empty otherwise. */
  readonly bounds: readonly number[];
  readonly series: readonly { readonly labels: readonly string[]; readonly numbers: readonly number[] }[];
}

export interface PromValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** Without a line end after the last line. */
export function toText(family: FamilySnapshot): string {
  let text = `# HELP ${family.name} ${escaped(family.help)}\n# TYPE ${family.name} ${family.type}`;
  for (const { labels, numbers } of family.series) {
    const starts = lineStarts(family, labels);
    if (family.type !== 'histogram') {
      text += `${starts[0]}${numbers[0] ?? 0}`;
      continue;
    }
    const buckets = family.bounds.length + 1;
    let count = 0;
    for (let i = 0; i < buckets; i++) text += `${starts[i]}${(count += numbers[i] ?? 0)}`;
    text += `${starts[buckets]}${numbers[buckets] ?? 0}${starts[buckets + 1]}${count}`;
  }
  return text;
}

/** Of a series that lives on from scrape to scrape: writing its lines anew takes four times as long. */
const LINE_STARTS = new WeakMap<readonly string[], readonly string[]>();

/** Everything of a series' lines but the numbers, each with the line end before it. */
function lineStarts(family: FamilySnapshot, labels: readonly string[]): readonly string[] {
  let starts = LINE_STARTS.get(labels);
  if (starts === undefined) LINE_STARTS.set(labels, (starts = writeLineStarts(family, labels).map(flat)));
  return starts;
}

function writeLineStarts({ name, type, bounds, labelNames }: FamilySnapshot, labels: readonly string[]): string[] {
  const inner = labelNames.map((label, i) => `${label}="${escapedLabel(labels[i] ?? '')}"`).join(',');
  const all = inner === '' ? ' ' : `{${inner}} `;
  if (type !== 'histogram') return [`\n${name}${all}`];
  const buckets = [...bounds, '+Inf'].map((le) => `\n${name}_bucket{le="${le}"${inner === '' ? '' : `,${inner}`}} `);
  return [...buckets, `\n${name}_sum${all}`, `\n${name}_count${all}`];
}

export function promValues(family: FamilySnapshot): PromValue[] {
  const { name, bounds } = family;
  return family.series.flatMap(({ labels: values, numbers }): PromValue[] => {
    const labels = Object.fromEntries(family.labelNames.map((label, i) => [label, values[i] ?? '']));
    if (family.type !== 'histogram') return [{ labels, value: numbers[0] ?? 0 }];
    let count = 0;
    const buckets = [...bounds, '+Inf'].map((le, i) => ({
      labels: { le, ...labels },
      value: (count += numbers[i] ?? 0),
      metricName: `${name}_bucket`,
    }));
    return [
      ...buckets,
      { labels, value: numbers[buckets.length] ?? 0, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  });
}

/** One piece in memory: what templates and + make is put together anew whenever it is part of something larger. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

const NEEDS_ESCAPING = /["\\\n]/;

function escapedLabel(value: string): string {
  return NEEDS_ESCAPING.test(value) ? escaped(value).replaceAll('"', '\\"') : value;
}
