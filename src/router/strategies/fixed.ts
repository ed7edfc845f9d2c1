// fixed: the first eligible candidate in the policy's order; the others are its fallbacks.
import { Type } from 'typebox';
import type { StrategyDefinition } from '../types.ts';

export const fixed: StrategyDefinition = {
  kind: 'fixed',
  needsTopic: false,
  schema: Type.Object({ kind: Type.Literal('fixed') }, { additionalProperties: false }),
  create: () => ({
    choose: ({ arms }) => ({
      order: arms.map((_, i) => i),
      propensities: arms.map((_, i) => (i === 0 ? 1 : 0)),
      reason: `first eligible candidate`,
    }),
  }),
};
