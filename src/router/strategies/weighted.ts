// weighted: a random candidate by weight; one session keeps its candidate as long as the candidates stay the same.
import { Type } from 'typebox';
import { drawIndex, hashUniform, sum } from '../../base/index.ts';
import type { StrategyDefinition } from '../types.ts';

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
    { additionalProperties: false },
  ),
  poolsNamed: (options) =>
    Object.keys((options['weights'] as object | undefined) ?? {}).map((pool) => ({ path: ['weights', pool], pool })),
  create: (options) => {
    // A map, because a pool may be called "constructor".
    const weights = new Map(Object.entries((options['weights'] as Record<string, number> | undefined) ?? {}));
    return {
      choose: ({ arms, workload }) => {
        const shares = arms.map((arm) => weights.get(arm.pool) ?? 1);
        const total = sum(shares);
        // Every candidate weighs nothing: the policy's order decides.
        const chosen = Math.max(0, drawIndex(shares, hashUniform(0, workload.session)));
        const rest = arms.map((_, i) => i).filter((i) => i !== chosen);
        return {
          order: [chosen, ...rest],
          propensities: shares.map((share, i) => (total > 0 ? share / total : i === 0 ? 1 : 0)),
          reason: `by weight, kept for the session`,
        };
      },
    };
  },
};
