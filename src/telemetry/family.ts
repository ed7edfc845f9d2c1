// A metric with its series: found by a walk through nested maps instead of hashing label objects, and never more than a limit of them.
import type { Registry } from 'prom-client';
import { HistogramSeries, ValueSeries, type Series } from './series.ts';
import { promValues, toText, type FamilySnapshot, type MetricType, type PromValue } from './text.ts';

/** Takes the place of label values that come when a metric has as many series as it may. */
export const OTHER = 'other';

/** Series that a metric may have before new label values become `other`: a histogram's has a dozen lines. */
const SERIES_LIMITS: Readonly<Record<MetricType, number>> = { counter: 4_000, gauge: 4_000, histogram: 1_000 };

/** How the values of several workers become one. */
export type Merge = 'sum' | 'max' | 'min';

export interface FamilySpec<L extends readonly string[] = readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels: L;
  /** Labels whose values the code enumerates: they are kept when the others overflow. */
  readonly closed?: readonly L[number][];
  /** Default: sum. */
  readonly merge?: Merge;
  /** Overrides the default for tests. */
  readonly limit?: number;
}

/** One string for each label. */
type ValuesOf<L extends readonly string[]> = { readonly [K in keyof L]: string };

type Level<S> = Map<string, Level<S> | S>;

/** Registered in a prom-client registry as a metric like any other. */
export class Family<S extends Series, L extends readonly string[] = readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Merge;
  readonly labelNames: readonly string[];
  readonly #closed: readonly boolean[];
  readonly #limit: number;
  readonly #bounds: readonly number[];
  readonly #make: (labels: readonly string[]) => S;
  readonly #collect: ((family: Family<S, L>) => void) | undefined;
  #series: S[] = [];
  #root: Level<S> | S;

  constructor(
    type: MetricType,
    spec: FamilySpec<L>,
    make: (labels: readonly string[]) => S,
    more: { readonly bounds?: readonly number[]; readonly collect?: (family: Family<S, L>) => void } = {},
  ) {
    this.name = spec.name;
    this.help = spec.help;
    this.type = type;
    this.aggregator = spec.merge ?? 'sum';
    this.labelNames = spec.labels;
    this.#closed = spec.labels.map((label) => spec.closed?.includes(label) === true);
    this.#limit = spec.limit ?? SERIES_LIMITS[type];
    this.#bounds = more.bounds ?? [];
    this.#make = make;
    this.#collect = more.collect;
    this.#root = this.#empty();
  }

  /** The series of these label values, one for each label name in its order. */
  at(...values: ValuesOf<L>): S {
    let level = this.#root;
    for (const value of values) {
      const next = (level as Level<S>).get(value);
      if (next === undefined) return this.#add(this.#bounded(values));
      level = next;
    }
    return level as S;
  }

  /** Forgets every series. */
  reset(): void {
    this.#root = this.#empty();
  }

  snapshot(): FamilySnapshot {
    this.#collect?.(this);
    return {
      name: this.name,
      help: this.help,
      type: this.type,
      merge: this.aggregator,
      labelNames: this.labelNames,
      bounds: this.#bounds,
      series: this.#series.map((series) => ({ labels: series.labels, numbers: series.numbers() })),
    };
  }

  text(): string {
    return toText(this.snapshot());
  }

  /** What prom-client's registry asks its metrics for. */
  get(): Promise<object & { readonly values: readonly PromValue[] }> {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: promValues(this.snapshot()) });
  }

  register(registry: Registry): this {
    registry.registerMetric(this as unknown as Parameters<Registry['registerMetric']>[0]);
    return this;
  }

  /** Without labels there is one series from the start. */
  #empty(): Level<S> | S {
    this.#series = [];
    if (this.labelNames.length > 0) return new Map();
    const only = this.#make([]);
    this.#series.push(only);
    return only;
  }

  #bounded(values: readonly string[]): readonly string[] {
    return this.#series.length < this.#limit ? values : values.map((value, i) => (this.#closed[i] ? value : OTHER));
  }

  #add(values: readonly string[]): S {
    let level = this.#root as Level<S>;
    for (const value of values.slice(0, -1)) {
      let next = level.get(value) as Level<S> | undefined;
      if (next === undefined) level.set(value, (next = new Map()));
      level = next;
    }
    const last = values.at(-1) ?? '';
    const known = level.get(last) as S | undefined;
    if (known !== undefined) return known;
    const series = this.#make([...values]);
    level.set(last, series);
    this.#series.push(series);
    return series;
  }
}

export function counterFamily<const L extends readonly string[]>(spec: FamilySpec<L>): Family<ValueSeries, L> {
  return new Family('counter', spec, (labels) => new ValueSeries(labels));
}

/** `collect` brings it up to date before it is read. */
export function gaugeFamily<const L extends readonly string[]>(
  spec: FamilySpec<L>,
  collect?: (family: Family<ValueSeries, L>) => void,
): Family<ValueSeries, L> {
  return new Family('gauge', spec, (labels) => new ValueSeries(labels), collect === undefined ? {} : { collect });
}

/** `bounds` ascend; the bucket above the last one is implied. */
export function histogramFamily<const L extends readonly string[]>(
  spec: FamilySpec<L>,
  bounds: readonly number[],
): Family<HistogramSeries, L> {
  return new Family('histogram', spec, (labels) => new HistogramSeries(labels, bounds), { bounds });
}
