// For trying topics out, off a request's way: scores of many texts, and how near texts and phrases are to each other.
import type { SentenceEmbedder } from '../../embedding/index.ts';
import { workloadErrors } from '../errors.ts';
import { createDenseSpace } from './dense-space.ts';
import { createTopicMatcher, listPhrases } from './matcher.ts';
import { loadOrdinaryPrompts } from './ordinary-prompts.ts';
import type { Group, PhraseSpace } from './phrase-space.ts';
import { readPhrases } from './read-phrases.ts';
import { createStaticSpace, type DenseTable } from './static-space.ts';
import type { OwnTopic } from './types.ts';

/** Both reject with `SLUICE_WORKLOAD_NO_VECTOR` when the encoder gives none. */
export interface TopicWorkbench {
  /** By text its score by topic, what a gateway would give. */
  readonly score: (topics: readonly OwnTopic[], texts: readonly string[]) => Promise<readonly Float64Array[]>;
  /** By text its cosine to every phrase; -1 for texts that say nothing. */
  readonly cosines: (texts: readonly string[], phrases: readonly string[]) => Promise<readonly Float64Array[]>;
}

export function staticWorkbench(table: DenseTable | undefined): TopicWorkbench {
  return workbench(
    (texts) => Promise.resolve(texts),
    (phrases, groups, ordinary) => createStaticSpace(phrases, groups, ordinary, table),
  );
}

export function encodedWorkbench(encoder: SentenceEmbedder): TopicWorkbench {
  const known = new Map<string, Float32Array>();
  const read = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    const unknown = [...new Set(texts)].filter((text) => !known.has(text));
    const found = await readPhrases(encoder, unknown);
    if (found.kind === 'absent') throw workloadErrors.noVector(found.why);
    for (const [i, text] of unknown.entries()) known.set(text, found.vectors[i] ?? new Float32Array());
    return texts.map((text) => known.get(text) ?? new Float32Array());
  };
  return workbench(read, (phrases, groups, ordinary) => createDenseSpace(encoder, phrases, groups, ordinary));
}

function workbench<Query>(
  read: (texts: readonly string[]) => Promise<readonly Query[]>,
  spaceOf: (phrases: readonly Query[], groups: readonly Group[], ordinary: readonly Query[]) => PhraseSpace<Query>,
): TopicWorkbench {
  const ordinary = loadOrdinaryPrompts();
  return {
    async score(topics, texts) {
      const { phrases, groups } = listPhrases(topics);
      const [own, usual, queries] = [await read(phrases), await read(ordinary), await read(texts)];
      const matcher = createTopicMatcher(topics, groups, spaceOf(own, groups, usual), own, usual);
      return queries.map((query) => matcher.score(query).slice());
    },
    async cosines(texts, phrases) {
      // Each phrase is a group of its own.
      const groups = phrases.map((_, i) => ({ start: i, end: i + 1 }));
      const space = spaceOf(await read(phrases), groups, await read(ordinary));
      return (await read(texts)).map((query) => {
        const near = { sums: new Float64Array(groups.length), nearest: new Float64Array(groups.length).fill(-1) };
        space.measure(query, near, -1);
        return near.nearest;
      });
    },
  };
}
