// bandit: Thompson sampling over utility = expected quality - costWeight x expected cost, learnt from feedback per topic.
import { Type, type Static } from 'typebox';
import { drawIndex } from '../../base/index.ts';
import { createThompson } from '../../learning/index.ts';
import type { Arm, StrategyDefinition } from '../types.ts';

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
    /** Of the arms that were asked for last: nearly always the same. */
    let known: readonly Arm[] = [];
    let keys: readonly string[] = [];
    return {
      choose: ({ arms, expectedCostUsd, learner, workload, draw }) => {
        if (arms !== known) {
          known = arms;
          keys = arms.map(({ key }) => key);
        }
        const { quality, sd } = learner.predict(workload.context, keys);
        const utilities: number[] = [];
        let best = 0;
        for (let a = 0; a < arms.length; a++) {
          utilities.push((quality[a] ?? 0) - costWeight * 1000 * (expectedCostUsd[a] ?? 0));
          if ((utilities[a] ?? 0) > (utilities[best] ?? 0)) best = a;
        }
        const propensities = explorer.probabilities(utilities, sd);
        const chosen = drawIndex(propensities, draw);
        const how = chosen === best ? 'best known utility' : 'exploring';
        return {
          order: byUtility(utilities, chosen),
          propensities,
          utilities,
          quality,
          qualitySd: sd,
          reason: `${how} on ${workload.topic.topic}, utility ${toThousandths(utilities[chosen] ?? 0)}, p ${toThousandths(propensities[chosen] ?? 0)}`,
        };
      },
    };
  },
};

/** The chosen one, then the others by utility; ties in the policy's order. */
function byUtility(utilities: readonly number[], chosen: number): readonly number[] {
  const order = [chosen];
  for (let a = 0; a < utilities.length; a++) {
    if (a === chosen) continue;
    let at = order.length;
    order.push(a);
    for (; at > 1 && (utilities[order[at - 1] ?? 0] ?? 0) < (utilities[a] ?? 0); at--) order[at] = order[at - 1] ?? 0;
    order[at] = a;
  }
  return order;
}

const THOUSANDTHS = Array.from({ length: 1_001 }, (_, i) => (i / 1_000).toFixed(3));

/** Three decimals; what lies in [0, 1], as most does, is looked up: writing two of them took a tenth of a decision. */
function toThousandths(value: number): string {
  return THOUSANDTHS[Math.round(value * 1_000)] ?? value.toFixed(3);
}
