// Means with their 95 % intervals: what keeps a small sample from being oversold.

/** A mean of n observations; low and high are undefined when there are too few to say. */
export interface Estimate {
  readonly n: number;
  readonly mean: number | undefined;
  /** Bounds of the 95 % interval. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export interface Difference {
  readonly value: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

const Z = 1.959964;
const UNKNOWN: Difference = { value: undefined, low: undefined, high: undefined };

/** Of a share of successes; Wilson's score interval (1927), which stays honest at 0, at 1 and for few observations. */
export function proportion(successes: number, n: number): Estimate {
  if (n === 0) return { n, mean: undefined, low: undefined, high: undefined };
  const p = successes / n;
  const scale = 1 + Z ** 2 / n;
  const middle = (p + Z ** 2 / (2 * n)) / scale;
  const half = (Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))) / scale;
  return { n, mean: p, low: Math.min(p, middle - half), high: Math.max(p, middle + half) };
}

/** Of any numbers; normal approximation with the sample's standard deviation. */
export function meanOf(values: readonly number[]): Estimate {
  const n = values.length;
  if (n === 0) return { n, mean: undefined, low: undefined, high: undefined };
  const mean = values.reduce((total, value) => total + value, 0) / n;
  if (n === 1) return { n, mean, low: undefined, high: undefined };
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1);
  const half = Z * Math.sqrt(variance / n);
  return { n, mean, low: mean - half, high: mean + half };
}

/** a - b of independent proportions: Newcombe's hybrid score interval (1998, method 10). */
export function difference(a: Estimate, b: Estimate): Difference {
  const [p, q] = [bounds(a), bounds(b)];
  if (p === undefined || q === undefined) return UNKNOWN;
  const value = p.mean - q.mean;
  return {
    value,
    low: value - Math.hypot(p.mean - p.low, q.high - q.mean),
    high: value + Math.hypot(p.high - p.mean, q.mean - q.low),
  };
}

/** a / b - 1 of independent means: the share by which a lies above b; delta method. */
export function relativeChange(a: Estimate, b: Estimate): Difference {
  const [p, q] = [bounds(a), bounds(b)];
  if (p === undefined || q === undefined || q.mean === 0) return UNKNOWN;
  const ratio = p.mean / q.mean;
  const half = Math.hypot((p.high - p.mean) / q.mean, (ratio * (q.high - q.mean)) / q.mean);
  return { value: ratio - 1, low: ratio - 1 - half, high: ratio - 1 + half };
}

function bounds({ mean, low, high }: Estimate): { mean: number; low: number; high: number } | undefined {
  return mean === undefined || low === undefined || high === undefined ? undefined : { mean, low, high };
}
