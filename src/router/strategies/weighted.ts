// weighted: a random candidate by weight; one session keeps its candidate as long as the candidates stay the same.
import { Type } from 'typebox';
import { drawIndex, hashUniform, sum } from '../../base/index.ts';
import type { StrategyDefinition } from '../types.ts';
import { chosenFirst, oneOf } from './orders.ts';

export const weighted: StrategyDefinition = {
  kind: 'weighted',
  needsTopic: false,
  schema: Type.Object(
    {
      kind: Type.Literal('weighted'),
      weights: Type.Optional(
        Type.Record(Type.String(), Type.Number({ minimum: 0 }), {
          minProperties: 1,
          description: 'Weight by pool; a candidate that is not named weighs 1.',
        }),
      ),
    },
    { additionalProperties: false, description: 'A random candidate by weight, the same for a whole session.' },
  ),
  poolsNamed: (options) =>
    Object.keys((options['weights'] as object | undefined) ?? {}).map((pool) => ({ path: ['weights', pool], pool })),
  create: (options, route) => {
    // A map, because a pool may be called "constructor".
    const weights = new Map(Object.entries((options['weights'] as Record<string, number> | undefined) ?? {}));
    return {
      choose: ({ arms, workload }) => {
        const shares: number[] = [];
        for (const arm of arms) shares.push(weights.get(arm.pool) ?? 1);
        const total = sum(shares);
        // With the route's name, so that two routes with the same weights do not split the sessions alike. Every
        // candidate weighs nothing: the policy's order decides.
        const chosen = Math.max(0, drawIndex(shares, hashUniform(0, route, workload.session)));
        if (total > 0) for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] ?? 0) / total;
        return {
          order: chosenFirst(arms.length, chosen),
          propensities: total > 0 ? shares : oneOf(arms.length, 0),
          reason: 'by weight, kept for the session',
        };
      },
    };
  },
};
