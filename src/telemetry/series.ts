// What one combination of label values counts: plain numbers, so that observing is a few additions.

export interface Series {
  /** In the order of the family's label names. */
  readonly labels: readonly string[];
  /** What the series holds as a list that adds up element by element. Counter, gauge: [value]; histogram: a count per bucket, those above the last bound, the sum. */
  numbers(): number[];
}

/** A counter's or a gauge's. */
export class ValueSeries implements Series {
  readonly labels: readonly string[];
  value = 0;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  numbers(): number[] {
    return [this.value];
  }
}

export class HistogramSeries implements Series {
  readonly labels: readonly string[];
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one is of values above every bound. */
  readonly #counts: number[];
  #sum = 0;

  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** In the unit of the bounds. What is no number is not counted: it would spoil the sum for good. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  numbers(): number[] {
    return [...this.#counts, this.#sum];
  }
}
