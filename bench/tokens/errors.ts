// How far estimates of input tokens are from what the upstreams reported.

export interface Errors {
  /** Percent: mean, median and 90th percentile of the absolute error of each request, and the error of their sum, with its sign. */
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly total: number;
}

export function errorsOf(pairs: readonly { readonly estimate: number; readonly reported: number }[]): Errors {
  const sorted = pairs
    .map(({ estimate, reported }) => (100 * Math.abs(estimate - reported)) / reported)
    .toSorted((a, b) => a - b);
  let estimates = 0;
  let reports = 0;
  for (const { estimate, reported } of pairs) {
    estimates += estimate;
    reports += reported;
  }
  const at = (quantile: number): number => sorted[Math.floor(quantile * (sorted.length - 1))] ?? Number.NaN;
  return {
    mean: round(sorted.reduce((sum, error) => sum + error, 0) / sorted.length),
    median: round(at(0.5)),
    p90: round(at(0.9)),
    total: round((100 * (estimates - reports)) / reports),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
