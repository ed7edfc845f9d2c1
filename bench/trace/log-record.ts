// The part of a line of `sluice log --json` that is read here, and how far the token estimates were off.
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { quantile } from '../overhead/statistics.ts';

const shape = Type.Object({
  id: Type.String(),
  workload: Type.Object({ tokens: Type.Object({ input: Type.Number() }) }),
  outcome: Type.Union([
    Type.Null(),
    Type.Object({
      finish: Type.String(),
      status: Type.Number(),
      attempts: Type.Array(Type.Object({ endpoint: Type.String(), errorCode: Type.Optional(Type.String()) })),
      usage: Type.Object({ inputTokens: Type.Number(), estimated: Type.Boolean() }),
      overheadMs: Type.Number(),
    }),
  ]),
  feedback: Type.Union([Type.Null(), Type.Object({ entries: Type.Array(Type.Object({ score: Type.Number() })) })]),
});

export type Logged = Static<typeof shape>;

const compiled = Compile(shape);

export function readRecord(json: unknown): Logged {
  return compiled.Parse(json);
}

export interface TokenError {
  readonly requests: number;
  /** Absolute error over the true count: median and 90th percentile. */
  readonly p50: number;
  readonly p90: number;
  /** Sum of the estimates over the sum of the counts, less 1. */
  readonly bias: number;
}

/** Over requests with one attempt whose server told the count. */
export function tokenError(log: readonly Logged[]): TokenError {
  const pairs = log.flatMap(({ workload, outcome }) =>
    outcome !== null && outcome.attempts.length === 1 && !outcome.usage.estimated && outcome.usage.inputTokens > 0
      ? [[workload.tokens.input, outcome.usage.inputTokens] as const]
      : [],
  );
  const errors = Float64Array.from(pairs, ([estimate, truth]) => Math.abs(estimate - truth) / truth).toSorted();
  const sum = (at: 0 | 1): number => pairs.reduce((total, pair) => total + pair[at], 0);
  return {
    requests: pairs.length,
    p50: quantile(errors, 0.5),
    p90: quantile(errors, 0.9),
    bias: sum(0) / sum(1) - 1,
  };
}
