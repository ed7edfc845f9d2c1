// The taxonomy: what a text can be about, and the coarser groups that the learner conditions on.

/** Each with its group, in the order of a posterior's columns. Subjects of MMLU-Pro, and what people ask a model for beside them. */
const TAXONOMY = [
  ['code', 'code'],
  ['computer_science', 'code'],
  ['math', 'math'],
  ['logic', 'logic'],
  ['writing', 'writing'],
  ['translation', 'writing'],
  ['extraction', 'writing'],
  ['conversation', 'unknown'],
  ['tool_use', 'unknown'],
  ['trivia', 'trivia'],
  ['commonsense', 'commonsense'],
  ['physics', 'science'],
  ['chemistry', 'science'],
  ['biology', 'science'],
  ['engineering', 'engineering'],
  ['health', 'health'],
  ['law', 'law'],
  ['business', 'business'],
  ['economics', 'business'],
  ['history', 'history'],
  ['philosophy', 'philosophy'],
  ['psychology', 'psychology'],
] as const;

export type KnownTopic = (typeof TAXONOMY)[number][0];
export type Topic = KnownTopic | 'unknown';

export const TOPICS: readonly KnownTopic[] = TAXONOMY.map(([topic]) => topic);

/** Small on purpose: what a joint linear learner costs grows with (arms x dimensions) squared. Small talk and tools are of no group. */
export const TOPIC_GROUPS = [
  'code',
  'math',
  'logic',
  'writing',
  'trivia',
  'commonsense',
  'science',
  'engineering',
  'health',
  'law',
  'business',
  'history',
  'philosophy',
  'psychology',
] as const;

export type TopicGroup = (typeof TOPIC_GROUPS)[number] | 'unknown';

const GROUP_NAMES: readonly TopicGroup[] = [...TOPIC_GROUPS, 'unknown'];

/** By column of a topic posterior (`TOPICS`, then unknown): the column of its group (`TOPIC_GROUPS`, then unknown). */
export const GROUP_OF: Uint8Array = Uint8Array.from([
  ...TAXONOMY.map(([, group]) => GROUP_NAMES.indexOf(group)),
  GROUP_NAMES.length - 1,
]);

/** Groups and unknown. */
export const GROUPS: number = GROUP_NAMES.length;

/** Topic probabilities (`TOPICS`, then unknown) -> those of the groups (`TOPIC_GROUPS`, then unknown): sums, written into `groups`. */
export function groupProbabilities(probabilities: Float32Array, groups = new Float32Array(GROUPS)): Float32Array {
  groups.fill(0);
  for (let k = 0; k < probabilities.length; k++) {
    const group = GROUP_OF[k] ?? 0;
    groups[group] = (groups[group] ?? 0) + (probabilities[k] ?? 0);
  }
  return groups;
}

/** The most probable group; of equals the earlier. */
export function topicGroup(probabilities: Float32Array): TopicGroup {
  const groups = groupProbabilities(probabilities);
  let best = 0;
  for (let k = 1; k < groups.length; k++) if ((groups[k] ?? 0) > (groups[best] ?? 0)) best = k;
  return GROUP_NAMES[best] ?? 'unknown';
}
