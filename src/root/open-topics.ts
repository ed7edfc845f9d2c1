// A plan's topics -> how texts are held against them: prepared in the built-in space, and in the encoder's where the plan asks for one.
import type { Logger } from 'pino';
import type { Embedding, SentenceEmbedder, WordpieceTable } from '../embedding/index.ts';
import type { Plan } from '../policy/index.ts';
import type { Encoded, TopicSense } from '../router/index.ts';
import { prepareTopics, type OwnTopics } from '../workload/index.ts';

export interface TopicSurroundings {
  readonly logger: Pick<Logger, 'warn'>;
  readonly table: () => WordpieceTable;
}

/** undefined: no condition of the plan asks. What an encoder cannot do is told to the log, and the built-in space serves. */
export async function openTopics(
  plan: Plan,
  embedder: SentenceEmbedder | undefined,
  { logger, table }: TopicSurroundings,
): Promise<TopicSense | undefined> {
  if (!plan.needs.calls.some((call) => call.function === 'similar')) return undefined;
  const topics = await prepareTopics(plan.topics, { table: table(), encoder: embedder });
  if (topics.why !== undefined) {
    logger.warn(`topics are told by the built-in features, for the encoder cannot be asked: ${topics.why}`);
  }
  return {
    names: topics.names,
    byText: topics.static.score,
    encode: embedder === undefined || topics.encoded === undefined ? undefined : scoring(embedder, topics.encoded),
    why: topics.why,
    deadlineMs: plan.embedder.kind === 'static' ? 0 : plan.embedder.deadlineMs,
  };
}

function scoring(
  encoder: SentenceEmbedder,
  matcher: NonNullable<OwnTopics['encoded']>,
): (text: string) => Encoded | Promise<Encoded> {
  const { fingerprint } = encoder;
  const told = (embedding: Embedding): Encoded => {
    if (embedding.kind === 'absent') return embedding;
    if (embedding.space !== fingerprint)
      return { kind: 'absent', why: 'the encoder is another than the topics were read by' };
    return { kind: 'scores', scores: matcher.score(embedding.vector).slice() };
  };
  return (text) => {
    const embedding = encoder.embed(text);
    return embedding instanceof Promise ? embedding.then(told) : told(embedding);
  };
}
