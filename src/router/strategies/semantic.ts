// semantic: utility = quality expected for what the request is about - costWeight x expected cost; from cards and tables, without feedback.
import { Type, type Static } from 'typebox';
import { clamp } from '../../base/index.ts';
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
    const asksDifficulty = [...rows.values()].some(({ slope }) => slope.some((one) => one !== 0));
    return {
      choose: (input) => {
        const { arms, expectedCostUsd, workload } = input;
        const count = arms.length;
        const difficulty = asksDifficulty ? workload.sight.difficulty : undefined;
        const quality = new Float64Array(count);
        const utilities = new Float64Array(count);
        for (let a = 0; a < count; a++) {
          const expected = expectedQuality(
            rows.get(arms[a]?.pool ?? ''),
            workload.topic.probabilities,
            difficulty ?? 0,
          );
          quality[a] = expected;
          utilities[a] = expected - costWeight * 1000 * (expectedCostUsd[a] ?? 0);
        }
        return toChoice(input, quality, utilities, minQuality, difficulty);
      },
    };
  },
};

/** By column of a posterior (`TOPICS`, then unknown): quality at difficulty 0, and its change to difficulty 1. */
interface Row {
  readonly easiest: Float64Array;
  readonly slope: Float64Array;
}

function rowOf({ overall, topics }: Quality): Row {
  const row = {
    easiest: new Float64Array(TOPICS.length + 1).fill(overall),
    slope: new Float64Array(TOPICS.length + 1),
  };
  for (let t = 0; t < TOPICS.length; t++) {
    const known = topics.get(TOPICS[t] ?? '');
    if (known === undefined) continue;
    row.easiest[t] = known.quality - known.slope * known.at;
    row.slope[t] = known.slope;
  }
  return row;
}

/** Sum over topics of p(topic) x quality on it at that difficulty. */
function expectedQuality(row: Row | undefined, probabilities: Float32Array, difficulty: number): number {
  if (row === undefined) return 0;
  const { easiest, slope } = row;
  let quality = 0;
  for (let t = 0; t < easiest.length; t++) {
    const p = probabilities[t] ?? 0;
    if (p > 0) quality += p * clamp((easiest[t] ?? 0) + (slope[t] ?? 0) * difficulty, 0, 1);
  }
  return quality;
}

function toChoice(
  { arms, expectedCostUsd, workload }: ChoiceInput,
  quality: Float64Array,
  utilities: Float64Array,
  minQuality: number | undefined,
  difficulty: number | undefined,
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
  const hard = difficulty === undefined ? '' : ` of difficulty ${difficulty.toFixed(2)}`;
  return {
    order,
    propensities: oneOf(arms.length, chosen),
    utilities,
    quality,
    reason: `expected quality ${expected.toFixed(3)} on ${workload.topic.topic}${hard}, ${against}${missed}`,
  };
}

function saved(cost: number, instead: number): string {
  if (instead <= cost) return 'at no saving instead';
  return `saves ${Math.round((100 * (instead - cost)) / instead)} % of the cost`;
}
