// cheapest: the eligible candidate with the lowest expected cost of this request (input estimate, expected output).
import { Type } from 'typebox';
import type { StrategyDefinition } from '../types.ts';

export const cheapest: StrategyDefinition = {
  kind: 'cheapest',
  needsTopic: false,
  schema: Type.Object({ kind: Type.Literal('cheapest') }, { additionalProperties: false }),
  create: () => ({
    choose: ({ arms, expectedCostUsd }) => {
      const order = arms.map((_, i) => i).toSorted((a, b) => (expectedCostUsd[a] ?? 0) - (expectedCostUsd[b] ?? 0));
      return {
        order,
        propensities: arms.map((_, i) => (i === order[0] ? 1 : 0)),
        reason: `lowest expected cost`,
      };
    },
  }),
};
