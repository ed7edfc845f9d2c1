// fixed: the first eligible candidate in the policy's order; the others are its fallbacks.
import { Type } from 'typebox';
import type { Choice, StrategyDefinition } from '../types.ts';
import { oneOf, upTo } from './orders.ts';

const REASON = 'first eligible candidate';

export const fixed: StrategyDefinition = {
  kind: 'fixed',
  needsTopic: false,
  schema: Type.Object(
    { kind: Type.Literal('fixed') },
    { additionalProperties: false, description: 'The first eligible candidate.' },
  ),
  create: () => {
    /** By how many are eligible. */
    const choices: Choice[] = [];
    return {
      choose: ({ arms: { length } }) =>
        (choices[length] ??= { order: upTo(length), propensities: oneOf(length, 0), reason: REASON }),
    };
  },
};
