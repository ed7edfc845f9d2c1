// cascade: a cheap stage first; its answer is checked mechanically, and what fails goes on to the next stage.
import { Type, type Static } from 'typebox';
import type { AcceptRule, StrategyDefinition } from '../types.ts';

const check = (description: string) => Type.Optional(Type.Boolean({ default: true, description }));

const schema = Type.Object(
  {
    kind: Type.Literal('cascade'),
    stages: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 2,
        uniqueItems: true,
        description: "Pools in the order of asking; default: the route's candidates.",
      }),
    ),
    accept: Type.Optional(
      Type.Object(
        {
          notEmpty: check('Go on when the answer has neither text nor tool calls.'),
          notTruncated: check("Go on when the answer was cut off (but not by the caller's own limit)."),
          notRefusal: check('Go on when the answer is a refusal.'),
          validJson: check('Go on when JSON was asked for and the answer is none.'),
          minMeanLogprob: Type.Optional(
            Type.Number({
              maximum: 0,
              description:
                'Go on when the mean log-probability of the answer is lower; the upstream is asked for it. Absent: not looked at.',
            }),
          ),
        },
        { additionalProperties: false, description: 'What an answer must pass to be kept.' },
      ),
    ),
  },
  { additionalProperties: false },
);

export const cascade: StrategyDefinition = {
  kind: 'cascade',
  needsTopic: false,
  schema,
  impliedCandidates: (options) => (options as Static<typeof schema>).stages,
  poolsNamed: (options) =>
    ((options as Static<typeof schema>).stages ?? []).map((pool, i) => ({ path: ['stages', i], pool })),
  create: (given) => {
    const { stages, accept: checks = {} } = given as Static<typeof schema>;
    const accept: AcceptRule = {
      notEmpty: checks.notEmpty ?? true,
      notTruncated: checks.notTruncated ?? true,
      notRefusal: checks.notRefusal ?? true,
      validJson: checks.validJson ?? true,
      minMeanLogprob: checks.minMeanLogprob,
    };
    return {
      choose: ({ arms }) => {
        const named = stages?.map((pool) => arms.findIndex((arm) => arm.pool === pool)).filter((i) => i >= 0);
        // None of the stages is eligible but some other candidate is: better that one than no answer.
        const order = named === undefined || named.length === 0 ? arms.map((_, i) => i) : named;
        return {
          order,
          accept,
          propensities: arms.map((_, i) => (i === order[0] ? 1 : 0)),
          reason: `${order.map((i) => arms[i]?.pool).join(', then ')} if the answer fails a check`,
        };
      },
    };
  },
};
