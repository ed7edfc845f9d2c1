// cascade: a cheap stage first; its answer is checked mechanically, and what fails goes on to the next stage.
import { Type, type Static } from 'typebox';
import type { AcceptRule, Arm, StrategyDefinition } from '../types.ts';
import { oneOf, upTo } from './orders.ts';

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
  {
    additionalProperties: false,
    description: 'Asks the first stage; an answer that fails a check goes on to the next.',
  },
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
      choose: ({ arms, workload }) => {
        const order = eligibleStages(arms, stages);
        const first = order[0] ?? 0;
        const propensities = oneOf(arms.length, first);
        // The checks are on a chat answer; an embedding or a completion is served by the first stage, the others its fallbacks.
        if (workload.operation !== 'chat')
          return { order, propensities, reason: `first stage, no ${workload.operation} is judged` };
        return {
          order,
          accept,
          propensities,
          reason: `${order.map((i) => arms[i]?.pool).join(', then ')} if the answer fails a check`,
        };
      },
    };
  },
};

function eligibleStages(arms: readonly Arm[], stages: readonly string[] | undefined): readonly number[] {
  if (stages === undefined) return upTo(arms.length);
  const named: number[] = [];
  for (const pool of stages) {
    const i = arms.findIndex((arm) => arm.pool === pool);
    if (i >= 0) named.push(i);
  }
  // None of the stages is eligible but some other candidate is: better that one than no answer.
  return named.length === 0 ? upTo(arms.length) : named;
}
