// cheapest: the lowest expected cost of this request among the eligible candidates that meet its SLO, if it has one.
import { Type } from 'typebox';
import type { Workload } from '../../workload/index.ts';
import type { Choice, ChoiceInput, StrategyDefinition } from '../types.ts';
import { oneOf, upTo } from './orders.ts';
import { expectedSpeed, type ExpectedSpeed } from './speed.ts';

type Slo = NonNullable<Workload['slo']>;

export const cheapest: StrategyDefinition = {
  kind: 'cheapest',
  needsTopic: false,
  schema: Type.Object(
    { kind: Type.Literal('cheapest') },
    { additionalProperties: false, description: 'The lowest expected cost of this request, within its SLO.' },
  ),
  create: () => ({
    choose: (input) => {
      const { slo } = input.workload;
      return slo === undefined ? byCost(input) : byCostWithin(slo, input);
    },
  }),
};

function byCost({ arms, expectedCostUsd }: ChoiceInput): Choice {
  const order = upTo(arms.length).toSorted((a, b) => (expectedCostUsd[a] ?? 0) - (expectedCostUsd[b] ?? 0));
  return { order, propensities: oneOf(arms.length, order[0] ?? 0), reason: 'lowest expected cost' };
}

function byCostWithin(slo: Slo, input: ChoiceInput): Choice {
  const { arms, expectedCostUsd, pools } = input;
  const speed = expectedSpeed(input);
  const misses = arms.map(({ pool }, i) => missesSlo(slo, speed, i, pools.get(pool)?.tpotMs));
  const order = upTo(arms.length).toSorted(
    (a, b) =>
      Number(misses[a] ?? false) - Number(misses[b] ?? false) || (expectedCostUsd[a] ?? 0) - (expectedCostUsd[b] ?? 0),
  );
  const first = order[0] ?? 0;
  return {
    order,
    propensities: oneOf(arms.length, first),
    expectedTtftMs: speed.ttftMs,
    expectedE2eMs: speed.e2eMs,
    reason:
      misses[first] === true
        ? 'lowest expected cost, nobody meets the SLO'
        : 'lowest expected cost of those that meet the SLO',
  };
}

/** What has not been observed is taken to meet it. */
function missesSlo(slo: Slo, speed: ExpectedSpeed, i: number, tpotMs: number | undefined): boolean {
  return (
    (speed.ttftMs[i] ?? 0) > (slo.ttftMs ?? Infinity) ||
    (tpotMs ?? 0) > (slo.tpotMs ?? Infinity) ||
    (speed.e2eMs[i] ?? 0) > (slo.e2eMs ?? Infinity)
  );
}
