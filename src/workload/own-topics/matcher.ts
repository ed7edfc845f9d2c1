// Which of an operator's topics a text is of: nearness to each topic's examples, held against its rivals and its threshold.
import type { Group, PhraseSpace } from './phrase-space.ts';
import { fitThreshold, type Threshold } from './threshold.ts';
import type { OwnTopic } from './types.ts';

export interface TopicMatcher<Query> {
  /** Of the space: scores of two spaces are never mixed. */
  readonly fingerprint: string;
  /** In the policy's order, which is that of all scores. */
  readonly names: readonly string[];
  /**
   * A number in [0, 1] by topic: 0.5 at the topic's threshold, 0 for what says nothing. Rises with the nearness to the topic's
   * examples. Never throws; the array is reused with the next call.
   */
  readonly score: (query: Query) => Float64Array;
}

/** All topics' phrases in one list, and by topic two groups of it: its examples at 2t, its counter-examples at 2t + 1. */
export interface PhraseList {
  readonly phrases: readonly string[];
  readonly groups: readonly Group[];
}

/**
 * The nearest phrase's share in a nearness; the rest is that of the group's middle. With 5 examples of each of banking77's intents, none
 * costs one to two points of accuracy, and all of it five.
 */
const NEAREST_SHARE = 0.4;
/** How much of what a rival is nearer than the topic counts against the topic: another topic, or the topic's own counter-examples. */
const RIVALRY = 0.5;
/** Squared length of a group's vectors at least: phrases that point away from each other have no middle. */
const LEAST_SQUARES = 0.05;

export function listPhrases(topics: readonly OwnTopic[]): PhraseList {
  const phrases: string[] = [];
  const groups: Group[] = [];
  for (const { examples, not } of topics) {
    for (const list of [examples, not]) {
      groups.push({ start: phrases.length, end: phrases.length + list.length });
      phrases.push(...list);
    }
  }
  return { phrases, groups };
}

/** `phrases` are those of the list, as the space takes them; `ordinary` are texts of no topic in particular. */
export function createTopicMatcher<Query>(
  topics: readonly OwnTopic[],
  groups: readonly Group[],
  space: PhraseSpace<Query>,
  phrases: readonly Query[],
  ordinary: readonly Query[],
): TopicMatcher<Query> {
  const count = topics.length;
  const near = { sums: new Float64Array(groups.length), nearest: new Float64Array(groups.length) };
  const { sums, nearest } = near;
  const groupOf = groups.flatMap(({ start, end }, g) => Array.from({ length: end - start }, () => g));
  /** By phrase the sum of its cosines to its own group, itself included; by group the squared length of its vectors' sum. */
  const own = phrases.map((phrase, i) => (space.measure(phrase, near, -1) ? (sums[groupOf[i] ?? 0] ?? 0) : 0));
  const squares = new Float64Array(groups.length);
  for (const [i, sum] of own.entries()) squares[groupOf[i] ?? 0] = (squares[groupOf[i] ?? 0] ?? 0) + sum;
  const scales = squares.map((square) => 1 / Math.sqrt(Math.max(LEAST_SQUARES, square)));

  function nearness(g: number, but: number): number {
    const closest = nearest[g] ?? -1;
    if (closest === -1) return -1;
    let scale = scales[g] ?? 1;
    if (but >= 0 && groupOf[but] === g)
      scale = 1 / Math.sqrt(Math.max(LEAST_SQUARES, (squares[g] ?? 0) - 2 * (own[but] ?? 0) + 1));
    return (1 - NEAREST_SHARE) * (sums[g] ?? 0) * scale + NEAREST_SHARE * closest;
  }

  /** Writes each topic's raw score, about in [-1, 1]; `but` is the phrase that is asked about, which then has no say. */
  function rawScores(query: Query, but: number, scores: Float64Array): boolean {
    if (!space.measure(query, near, but)) return false;
    let first = -1;
    let second = -1;
    for (let t = 0; t < count; t++) {
      const value = nearness(2 * t, but);
      scores[t] = value;
      if (value > first) {
        second = first;
        first = value;
      } else if (value > second) {
        second = value;
      }
    }
    for (let t = 0; t < count; t++) {
      const value = scores[t] ?? 0;
      const rival = Math.max(value === first ? second : first, nearness(2 * t + 1, but));
      if (rival > value) scores[t] = value - RIVALRY * (rival - value);
    }
    return true;
  }

  const thresholds = fitThresholds();
  const centres = Float64Array.from(thresholds, ({ centre }) => centre);
  const slopes = Float64Array.from(thresholds, ({ slope }) => slope);
  const shifts = Float64Array.from(topics, ({ threshold }) => Math.log(threshold / (1 - threshold)));
  const result = new Float64Array(count);
  return {
    fingerprint: space.fingerprint,
    names: topics.map(({ name }) => name),
    score(query) {
      if (!rawScores(query, -1, result)) return result.fill(0);
      for (let t = 0; t < count; t++) {
        const logit = (slopes[t] ?? 0) * ((result[t] ?? 0) - (centres[t] ?? 0)) - (shifts[t] ?? 0);
        result[t] = 1 / (1 + Math.exp(-logit));
      }
      return result;
    },
  };

  /** Each phrase is asked about without itself, as a text that was not foreseen would be. */
  function fitThresholds(): readonly Threshold[] {
    const inside: number[][] = topics.map(() => []);
    const outside: number[][] = topics.map(() => []);
    const scores = new Float64Array(count);
    for (const [i, phrase] of phrases.entries()) {
      if (!rawScores(phrase, i, scores)) continue;
      const group = groupOf[i] ?? 0;
      const isExample = group % 2 === 0;
      for (const [t, score] of scores.entries()) {
        if (t === group >> 1) (isExample ? inside : outside)[t]?.push(score);
        // Whether a counter-example of one topic is of another is not known.
        else if (isExample) outside[t]?.push(score);
      }
    }
    for (const text of ordinary) {
      if (!rawScores(text, -1, scores)) continue;
      for (const [t, score] of scores.entries()) outside[t]?.push(score);
    }
    return topics.map((_, t) => fitThreshold(inside[t] ?? [], outside[t] ?? []));
  }
}
