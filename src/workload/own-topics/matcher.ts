// Which of an operator's topics a text is of: nearness to each topic's examples, held against its rivals and its threshold.
import { type Gram, type Group, lengthOf, nearness } from './groups.ts';
import type { PhraseSpace } from './phrase-space.ts';
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

/** How much of what a rival is nearer than the topic counts against the topic: another topic, or the topic's own counter-examples. */
const RIVALRY = 0.5;

/**
 * `phrases` are all topics' phrases in the order of `phrasesOf`, as the space takes them; `ordinary` are texts of no topic in particular.
 */
export function createTopicMatcher<Query>(
  topics: readonly OwnTopic[],
  space: PhraseSpace<Query>,
  phrases: readonly Query[],
  ordinary: readonly Query[],
): TopicMatcher<Query> {
  const { size, own, against, topicOf } = groupsOf(topics);
  const gram: Gram = { size, cosines: new Float64Array(size * size) };
  for (const [i, phrase] of phrases.entries()) space.compare(phrase, gram.cosines.subarray(i * size, (i + 1) * size));
  const ownLengths = own.map((group) => lengthOf(gram, group));
  const againstLengths = against.map((group) => lengthOf(gram, group));
  const near = new Float64Array(topics.length);
  const cosines = new Float64Array(size);

  /** Writes each topic's raw score into `scores`; `but` is the phrase that is asked about, which then has no say. */
  function rawScores(from: Float64Array, scores: Float64Array, but = -1): void {
    const home = but < 0 ? -1 : (topicOf[but] ?? -1);
    let [first, second] = [-1, -1];
    for (const [t, group] of own.entries()) {
      const left = t === home && but < group.end;
      const length = left ? lengthOf(gram, group, but) : (ownLengths[t] ?? 1);
      const value = nearness(from, group, length, left ? but : -1);
      near[t] = value;
      if (value > first) [first, second] = [value, first];
      else if (value > second) second = value;
    }
    for (const [t, group] of against.entries()) {
      const value = near[t] ?? 0;
      const length = t === home ? lengthOf(gram, group, but) : (againstLengths[t] ?? 1);
      const counter = group.start === group.end ? -1 : nearness(from, group, length, but);
      const rival = Math.max(value === first ? second : first, counter);
      scores[t] = value - RIVALRY * Math.max(0, rival - value);
    }
  }

  const thresholds = fitThresholds();
  const result = new Float64Array(topics.length);
  return {
    fingerprint: space.fingerprint,
    names: topics.map(({ name }) => name),
    score(query) {
      if (!space.compare(query, cosines)) return result.fill(0);
      rawScores(cosines, result);
      for (const [t, { centre, slope, shift }] of thresholds.entries())
        result[t] = 1 / (1 + Math.exp(slope * (centre - (result[t] ?? 0)) + shift));
      return result;
    },
  };

  /** Each phrase is asked about without itself, as a text that was not foreseen would be. */
  function fitThresholds(): readonly (Threshold & { readonly shift: number })[] {
    const inside: number[][] = topics.map(() => []);
    const outside: number[][] = topics.map(() => []);
    const scores = new Float64Array(topics.length);
    for (let i = 0; i < size; i++) {
      rawScores(gram.cosines.subarray(i * size, (i + 1) * size), scores, i);
      const home = topicOf[i] ?? 0;
      const isExample = i < (own[home]?.end ?? 0);
      for (const [t, score] of scores.entries()) {
        if (t === home) (isExample ? inside : outside)[t]?.push(score);
        // Whether a counter-example of one topic is of another is not known.
        else if (isExample) outside[t]?.push(score);
      }
    }
    for (const text of ordinary) {
      if (!space.compare(text, cosines)) continue;
      rawScores(cosines, scores);
      for (const [t, score] of scores.entries()) outside[t]?.push(score);
    }
    return topics.map(({ threshold }, t) => ({
      ...fitThreshold(inside[t] ?? [], outside[t] ?? []),
      shift: Math.log(threshold / (1 - threshold)),
    }));
  }
}

/** All topics' phrases: for each topic its examples, then its counter-examples. */
export function phrasesOf(topics: readonly OwnTopic[]): string[] {
  return topics.flatMap(({ examples, not }) => [...examples, ...not]);
}

function groupsOf(topics: readonly OwnTopic[]) {
  const own: Group[] = [];
  const against: Group[] = [];
  const topicOf: number[] = [];
  for (const [t, { examples, not }] of topics.entries()) {
    const start = topicOf.length;
    const middle = start + examples.length;
    own.push({ start, end: middle });
    against.push({ start: middle, end: middle + not.length });
    for (let i = 0; i < examples.length + not.length; i++) topicOf.push(t);
  }
  return { size: topicOf.length, own, against, topicOf };
}
