// Steps timed in turns, so that a busy moment of the machine falls on all of them.

const WARM_UP_ROUNDS = 20;

/** Microseconds a text. */
export interface Times {
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  /** Of processor time, the mean over all rounds: what other processes take from the clock is not in it. */
  readonly cpu: number;
}

/** A step reads `batch` texts. */
export function timeSteps(
  steps: Readonly<Record<string, () => void>>,
  { batch, rounds }: { readonly batch: number; readonly rounds: number },
): ReadonlyMap<string, Times> {
  const times = new Map<string, number[]>(Object.keys(steps).map((step) => [step, []]));
  const processor = new Map<string, number>(Object.keys(steps).map((step) => [step, 0]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [step, run] of Object.entries(steps)) {
      const used = process.cpuUsage();
      const start = process.hrtime.bigint();
      run();
      if (round < 0) continue;
      times.get(step)?.push(Number(process.hrtime.bigint() - start) / 1_000 / batch);
      const { user, system } = process.cpuUsage(used);
      processor.set(step, (processor.get(step) ?? 0) + (user + system) / rounds / batch);
    }
  }
  return new Map([...times].map(([step, all]) => [step, { ...quantiles(all), cpu: two(processor.get(step) ?? 0) }]));
}

export function quantiles(values: readonly number[]): Omit<Times, 'cpu'> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (quantile: number): number => two(sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0);
  return { min: at(0), median: at(0.5), p90: at(0.9) };
}

function two(value: number): number {
  return Number(value.toFixed(2));
}
