// How a request's text is held against the topics of a plan: by what is built in at once, or by an encoder that has to be waited for.
import type { Nearness } from '../policy/index.ts';
import type { RequestTexts } from '../workload/index.ts';

/** What an encoder's vector of a text came to. */
export type Encoded =
  /** By topic, in the sense's order; 0.5 at the threshold. */
  { readonly kind: 'scores'; readonly scores: ArrayLike<number> } | { readonly kind: 'absent'; readonly why: string };

export interface TopicSense {
  readonly names: readonly string[];
  /** By topic, in [0, 1]; the array is reused with the next call. */
  readonly byText: (text: string) => ArrayLike<number>;
  /** undefined: the plan asks no encoder, or `why` it cannot be asked. Never rejects. */
  readonly encode: ((text: string) => Encoded | Promise<Encoded>) | undefined;
  readonly why: string | undefined;
  /** How long conditions that ask it by themselves wait. */
  readonly deadlineMs: number;
}

/** The text that is held against topics. */
export function topicText(texts: RequestTexts): string {
  return texts.last().join('\n');
}

/** Looked at when a topic is first asked for; `insteadOf`: why it is not the encoder. */
export function nearnessByText(sense: TopicSense, texts: RequestTexts, insteadOf = sense.why): Nearness {
  let scores: readonly number[] | undefined;
  const of = (topic: string): number => {
    scores ??= Array.from(sense.byText(topicText(texts)));
    return scores[sense.names.indexOf(topic)] ?? 0;
  };
  return { of, insteadOf, tookMs: 0 };
}

export function nearnessByScores({ names }: TopicSense, scores: ArrayLike<number>, tookMs: number): Nearness {
  return { of: (topic) => scores[names.indexOf(topic)] ?? 0, insteadOf: undefined, tookMs };
}
