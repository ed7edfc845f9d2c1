// What a demo has shown, as numbers: what was learnt, and what routing saved against the control group.
import { sum } from '../../base/index.ts';
import { difference, meanOf, proportion, relativeChange, type Difference, type Estimate } from './statistics.ts';
import { sharesOf, totalsOf, type Tally, type Totals } from './tally.ts';
import type { Answered, Ending } from './types.ts';

export interface Part {
  readonly score: Estimate;
  readonly costUsd: Estimate;
  /** Share of the requests by pool. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface TopicSummary {
  readonly topic: string;
  readonly n: number;
  /** The pool that answered most of the topic in the last fifth; undefined when none did. */
  readonly preferred: string | undefined;
  readonly preferredShare: number;
  readonly preferredShareBefore: number;
  /** Of the preferred pool on this topic, over the whole run. */
  readonly preferredScore: Estimate;
  readonly first: Totals;
  readonly last: Totals;
}

export interface Summary {
  readonly ending: Ending;
  readonly elapsedMs: number;
  readonly requests: {
    readonly answered: number;
    readonly routed: number;
    readonly control: number;
    readonly failed: number;
    readonly heldBack: number;
  };
  readonly failures: Readonly<Record<string, number>>;
  readonly feedback: Readonly<Record<string, number>>;
  readonly totalCostUsd: number;
  readonly byPool: Readonly<Record<string, number>>;
  /** Of the routed requests: all, and those sent in the first and the last fifth of the time. */
  readonly all: Part;
  readonly first: Part;
  readonly last: Part;
  readonly learnt: { readonly score: Difference; readonly costChange: Difference };
  readonly topics: readonly TopicSummary[];
  /** The control group against the last fifth of the routed requests; undefined when there was none. */
  readonly control:
    | {
        readonly pool: string;
        readonly score: Estimate;
        readonly costUsd: Estimate;
        readonly scoreDifference: Difference;
        readonly costChange: Difference;
      }
    | undefined;
}

export interface SummaryOptions {
  readonly ending: Ending;
  readonly elapsedMs: number;
  readonly topics: readonly string[];
  readonly pools: readonly string[];
  readonly controlPool: string;
}

export function summarise(tally: Tally, options: SummaryOptions): Summary {
  const { pools, elapsedMs, controlPool } = options;
  const routed = tally.answered.filter(({ group }) => group === 'routed');
  const control = tally.answered.filter(({ group }) => group === 'control');
  const first = routed.filter(({ sentMs }) => sentMs < elapsedMs / 5);
  const last = routed.filter(({ sentMs }) => sentMs >= (elapsedMs * 4) / 5);
  const [firstPart, lastPart] = [partOf(first, pools), partOf(last, pools)];
  const controlPart = partOf(control, pools);
  return {
    ending: options.ending,
    elapsedMs,
    requests: {
      answered: tally.answered.length,
      routed: routed.length,
      control: control.length,
      failed: tally.failed,
      heldBack: tally.heldBack,
    },
    failures: Object.fromEntries(tally.failures),
    feedback: Object.fromEntries(tally.feedback),
    totalCostUsd: sum(tally.answered.map(({ costUsd }) => costUsd)),
    byPool: Object.fromEntries(pools.map((pool) => [pool, routed.filter((one) => one.pool === pool).length])),
    all: partOf(routed, pools),
    first: firstPart,
    last: lastPart,
    learnt: {
      score: difference(lastPart.score, firstPart.score),
      costChange: relativeChange(lastPart.costUsd, firstPart.costUsd),
    },
    topics: options.topics.map((topic) => {
      const of = (answered: readonly Answered[]) => answered.filter((one) => one.topic === topic);
      return topicOf(topic, { all: of(routed), first: of(first), last: of(last) }, pools);
    }),
    control:
      control.length === 0
        ? undefined
        : {
            pool: controlPool,
            score: controlPart.score,
            costUsd: controlPart.costUsd,
            scoreDifference: difference(lastPart.score, controlPart.score),
            costChange: relativeChange(lastPart.costUsd, controlPart.costUsd),
          },
  };
}

function partOf(answered: readonly Answered[], pools: readonly string[]): Part {
  const { shares } = sharesOf('', answered, pools);
  return {
    score: scoreOf(answered),
    costUsd: meanOf(answered.map(({ costUsd }) => costUsd)),
    shares: Object.fromEntries(pools.map((pool, i) => [pool, shares[i] ?? 0])),
  };
}

const scoreOf = (answered: readonly Answered[]): Estimate =>
  proportion(sum(answered.map(({ score }) => score)), answered.length);

function topicOf(
  topic: string,
  parts: { all: readonly Answered[]; first: readonly Answered[]; last: readonly Answered[] },
  pools: readonly string[],
): TopicSummary {
  const { shares } = sharesOf(topic, parts.last, pools);
  const best = shares.indexOf(Math.max(...shares));
  const preferred = parts.last.length === 0 ? undefined : pools[best];
  return {
    topic,
    n: parts.all.length,
    preferred,
    preferredShare: preferred === undefined ? 0 : (shares[best] ?? 0),
    preferredShareBefore: preferred === undefined ? 0 : (sharesOf(topic, parts.first, pools).shares[best] ?? 0),
    preferredScore: scoreOf(parts.all.filter(({ pool }) => pool === preferred)),
    first: totalsOf(parts.first),
    last: totalsOf(parts.last),
  };
}
