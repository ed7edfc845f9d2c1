// From a policy's topics to what scores a text: always the static matcher, and one in the encoder's space where there is an encoder.
import type { SentenceEmbedder } from '../../embedding/index.ts';
import { createDenseSpace } from './dense-space.ts';
import { createTopicMatcher, listPhrases, type TopicMatcher } from './matcher.ts';
import { loadOrdinaryPrompts } from './ordinary-prompts.ts';
import { readPhrases } from './read-phrases.ts';
import { createStaticSpace, type DenseTable } from './static-space.ts';
import type { OwnTopic } from './types.ts';

export interface TopicEngines {
  /** Without one the static matcher goes by hashed features alone. */
  readonly table: DenseTable | undefined;
  /** Its vectors of phrases are asked for here; those of requests come from whoever asks for them. */
  readonly encoder: SentenceEmbedder | undefined;
}

/** All scores are in the order of the policy's topics. Not safe for re-entrance: scores are reused. */
export interface OwnTopics {
  readonly names: readonly string[];
  /** By text; at once, in microseconds. */
  readonly static: TopicMatcher<string>;
  /** By a vector of the encoder's; undefined: there is none, or `why` it gave none of the phrases. */
  readonly encoded: TopicMatcher<Float32Array> | undefined;
  readonly why: string | undefined;
}

/** Resolves when every phrase has been read; an encoder takes milliseconds for each. Never rejects. */
export async function prepareTopics(topics: readonly OwnTopic[], engines: TopicEngines): Promise<OwnTopics> {
  const names = topics.map(({ name }) => name);
  const matcher = createStaticTopicMatcher(topics, engines.table);
  const { encoder } = engines;
  if (encoder === undefined || topics.length === 0)
    return { names, static: matcher, encoded: undefined, why: undefined };
  const { phrases, groups } = listPhrases(topics);
  const read = await readPhrases(encoder, [...phrases, ...loadOrdinaryPrompts()]);
  if (read.kind === 'absent') return { names, static: matcher, encoded: undefined, why: read.why };
  const own = read.vectors.slice(0, phrases.length);
  const ordinary = read.vectors.slice(phrases.length);
  const space = createDenseSpace(encoder, own, groups, ordinary);
  return {
    names,
    static: matcher,
    encoded: createTopicMatcher(topics, groups, space, own, ordinary),
    why: undefined,
  };
}

/** Without waiting: the matcher that needs no encoder. */
export function createStaticTopicMatcher(
  topics: readonly OwnTopic[],
  table: DenseTable | undefined,
): TopicMatcher<string> {
  const { phrases, groups } = listPhrases(topics);
  const ordinary = topics.length === 0 ? [] : loadOrdinaryPrompts();
  const space = createStaticSpace(phrases, groups, ordinary, table);
  return createTopicMatcher(topics, groups, space, phrases, ordinary);
}
