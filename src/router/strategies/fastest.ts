// fastest: the shortest expected time of this request, from what the pools were lately observed to take.
import { Type, type Static } from 'typebox';
import { drawIndex } from '../../base/index.ts';
import type { ChoiceInput, StrategyDefinition } from '../types.ts';
import { upTo } from './orders.ts';
import { expectedSpeed } from './speed.ts';

const schema = Type.Object(
  {
    kind: Type.Literal('fastest'),
    floor: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.02,
        description:
          'Share of requests spread evenly over all eligible candidates, so that one that was slow once is looked at again.',
      }),
    ),
  },
  { additionalProperties: false, description: 'The shortest expected time of this request.' },
);

export const fastest: StrategyDefinition = {
  kind: 'fastest',
  needsTopic: false,
  schema,
  create: (given) => {
    const { floor = 0.02 } = given as Static<typeof schema>;
    return {
      choose: (input) => {
        const { arms, draw } = input;
        const speed = expectedSpeed(input);
        const ranks = rank(input, speed.e2eMs);
        const best = ranks[0] ?? 0;
        const propensities: number[] = [];
        for (let i = 0; i < arms.length; i++) propensities.push((i === best ? 1 - floor : 0) + floor / arms.length);
        const chosen = drawIndex(propensities, draw);
        const ms = speed.e2eMs[chosen];
        return {
          order: chosen === best ? ranks : [chosen, ...ranks.filter((i) => i !== chosen)],
          propensities,
          expectedTtftMs: speed.ttftMs,
          expectedE2eMs: speed.e2eMs,
          reason: `${ms === undefined ? 'not observed yet' : `${Math.round(ms)} ms expected`}${chosen === best ? '' : ', looked at again'}`,
        };
      },
    };
  },
};

/**
 * Unobserved pools without a request under way first (one request at a time explores), then the observed ones by expected
 * time, then unobserved ones that are being explored, by requests under way; ties in the policy's order.
 */
function rank({ arms, pools }: ChoiceInput, e2eMs: readonly (number | undefined)[]): readonly number[] {
  const group: number[] = [];
  const value: number[] = [];
  for (let i = 0; i < arms.length; i++) {
    const inFlight = pools.get(arms[i]?.pool ?? '')?.inFlight ?? 0;
    const ms = e2eMs[i];
    group.push(ms !== undefined ? 1 : inFlight === 0 ? 0 : 2);
    value.push(ms ?? inFlight);
  }
  return upTo(arms.length).toSorted((a, b) => (group[a] ?? 0) - (group[b] ?? 0) || (value[a] ?? 0) - (value[b] ?? 0));
}
