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
  { additionalProperties: false },
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
        const { quality, sd } = learner.predict(
          workload.context,
          arms.map((arm) => arm.key),
        );
        const utilities = quality.map((q, a) => q - costWeight * 1000 * (expectedCostUsd[a] ?? 0));
        const propensities = explorer.probabilities(utilities, sd);
        const chosen = drawIndex(propensities, draw);
        const rest = arms
          .map((_, i) => i)
          .filter((i) => i !== chosen)
          .toSorted((a, b) => (utilities[b] ?? 0) - (utilities[a] ?? 0));
        const best = utilities.indexOf(Math.max(...utilities));
        return {
          order: [chosen, ...rest],
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
