// bandit: Thompson sampling over utility = expected quality - costWeight x expected cost, learnt from feedback per topic.
import { Type, type Static } from 'typebox';
import { drawIndex } from '../../base/index.ts';
import { createThompson } from '../../learning/index.ts';
import type { StrategyDefinition } from '../types.ts';

const schema = Type.Object(
  {
    kind: Type.Literal('bandit'),
    costWeight: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 0.02,
        description:
          'Quality (of 0..1) to give up for saving one US dollar per thousand requests; 0 looks at quality alone.',
      }),
    ),
    scale: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 2,
        default: 0.35,
        description: 'Size of the exploration: factor on the standard deviation of what is not yet known.',
      }),
    ),
    floor: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.01,
        description: 'Share of requests spread evenly over all eligible candidates.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Learns from feedback, per topic, which candidate is worth its price.',
  },
);

export const bandit: StrategyDefinition = {
  kind: 'bandit',
  needsTopic: true,
  schema,
  create: (given) => {
    const { costWeight = 0.02, scale = 0.35, floor = 0.01 } = given as Static<typeof schema>;
    const explorer = createThompson({ scale, floor });
    return {
      choose: ({ arms, expectedCostUsd, learner, workload, draw }) => {
        const count = arms.length;
        const keys: string[] = [];
        for (const arm of arms) keys.push(arm.key);
        const { quality, sd } = learner.predict(workload.context, keys);
        const utilities = new Float64Array(count);
        let best = 0;
        for (let a = 0; a < count; a++) {
          utilities[a] = (quality[a] ?? 0) - costWeight * 1000 * (expectedCostUsd[a] ?? 0);
          if ((utilities[a] ?? 0) > (utilities[best] ?? 0)) best = a;
        }
        const propensities = explorer.probabilities(utilities, sd);
        const chosen = drawIndex(propensities, draw);
        return {
          order: byUtility(utilities, chosen),
          propensities,
          utilities,
          quality,
          qualitySd: sd,
          reason: `${chosen === best ? 'best known utility' : 'exploring'} on ${workload.topic.topic}, utility ${(utilities[chosen] ?? 0).toFixed(3)}, p ${(propensities[chosen] ?? 0).toFixed(3)}`,
        };
      },
    };
  },
};

/** The chosen one, then the others by utility; ties in the policy's order. */
function byUtility(utilities: Float64Array, chosen: number): readonly number[] {
  const order = [chosen];
  for (let a = 0; a < utilities.length; a++) {
    if (a === chosen) continue;
    let at = order.length;
    while (at > 1 && (utilities[order[at - 1] ?? 0] ?? 0) < (utilities[a] ?? 0)) at--;
    order.splice(at, 0, a);
  }
  return order;
}
