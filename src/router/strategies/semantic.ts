// semantic: utility = quality expected for what the request is about - costWeight x expected cost; from cards and tables, without feedback.
import { Type, type Static } from 'typebox';
import type { Quality } from '../../policy/index.ts';
import { TOPICS } from '../../workload/index.ts';
import type { Choice, ChoiceInput, StrategyDefinition } from '../types.ts';
import { oneOf } from './orders.ts';

const schema = Type.Object(
  {
    kind: Type.Literal('semantic'),
    costWeight: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 0.02,
        description:
          'Quality (of 0..1) to give up for saving one US dollar per thousand requests; 0 looks at quality alone.',
      }),
    ),
    minQuality: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'The cheapest candidate that is expected to reach it is chosen; when none is, the one of the highest utility. Absent: utility decides.',
      }),
    ),
    priors: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: "A prior table: path from the policy's folder. A pool's own card wins over it.",
      }),
    ),
    as: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 200 }), {
        minProperties: 1,
        description:
          "By pool: which model of the prior table it is taken for, its own card notwithstanding. Default: the pool's model.",
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'The highest quality expected for what the request is about, less its price; needs no feedback.',
  },
);

type Options = Static<typeof schema>;

export const semantic: StrategyDefinition = {
  kind: 'semantic',
  needsTopic: true,
  schema,
  poolsNamed: (options) => Object.keys((options as Options).as ?? {}).map((pool) => ({ path: ['as', pool], pool })),
  qualitySource: (options) => options,
  create: (given, _route, qualities = new Map()) => {
    const { costWeight = 0.02, minQuality } = given as Options;
    const rows = new Map(Array.from(qualities, ([pool, quality]) => [pool, rowOf(quality)]));
    return {
      choose: (input) => {
        const { arms, expectedCostUsd, workload } = input;
        const count = arms.length;
        const quality = new Float64Array(count);
        const utilities = new Float64Array(count);
        for (let a = 0; a < count; a++) {
          const expected = expectedQuality(rows.get(arms[a]?.pool ?? ''), workload.topic.probabilities);
          quality[a] = expected;
          utilities[a] = expected - costWeight * 1000 * (expectedCostUsd[a] ?? 0);
        }
        return toChoice(input, quality, utilities, minQuality);
      },
    };
  },
};

/** In the order of a posterior's probabilities: `TOPICS`, then unknown. */
function rowOf({ overall, topics }: Quality): Float64Array {
  const row = new Float64Array(TOPICS.length + 1).fill(overall);
  for (let t = 0; t < TOPICS.length; t++) row[t] = topics.get(TOPICS[t] ?? '') ?? overall;
  return row;
}

/** Sum over topics of p(topic) x quality on it. */
function expectedQuality(row: Float64Array | undefined, probabilities: Float32Array): number {
  if (row === undefined) return 0;
  let quality = 0;
  for (let t = 0; t < row.length; t++) quality += (row[t] ?? 0) * (probabilities[t] ?? 0);
  return quality;
}

function toChoice(
  { arms, expectedCostUsd, workload }: ChoiceInput,
  quality: Float64Array,
  utilities: Float64Array,
  minQuality: number | undefined,
): Choice {
  const floor = minQuality ?? Infinity;
  /** Whether a stands before b: those that reach the floor by cost, the others by utility. Ties: cheaper, then the policy's order. */
  const isBefore = (a: number, b: number): boolean => {
    const reaches = (quality[a] ?? 0) >= floor;
    if (reaches !== (quality[b] ?? 0) >= floor) return reaches;
    const gain = (utilities[a] ?? 0) - (utilities[b] ?? 0);
    const saving = (expectedCostUsd[b] ?? 0) - (expectedCostUsd[a] ?? 0);
    return reaches ? saving > 0 || (saving === 0 && gain > 0) : gain > 0 || (gain === 0 && saving > 0);
  };
  const order: number[] = [];
  let best = 0;
  for (let a = 0; a < arms.length; a++) {
    if ((quality[a] ?? 0) > (quality[best] ?? 0)) best = a;
    let at = order.length;
    while (at > 0 && isBefore(a, order[at - 1] ?? 0)) at--;
    order.splice(at, 0, a);
  }
  const chosen = order[0] ?? 0;
  const expected = quality[chosen] ?? 0;
  const against =
    expected >= (quality[best] ?? 0)
      ? 'the best'
      : `${saved(expectedCostUsd[chosen] ?? 0, expectedCostUsd[best] ?? 0)} of ${arms[best]?.pool ?? ''} (${(quality[best] ?? 0).toFixed(3)})`;
  const missed = minQuality !== undefined && expected < minQuality ? `, nobody reaches ${minQuality}` : '';
  return {
    order,
    propensities: oneOf(arms.length, chosen),
    utilities,
    quality,
    reason: `expected quality ${expected.toFixed(3)} on ${workload.topic.topic}, ${against}${missed}`,
  };
}

function saved(cost: number, instead: number): string {
  if (instead <= cost) return 'at no saving instead';
  return `saves ${Math.round((100 * (instead - cost)) / instead)} % of the cost`;
}
