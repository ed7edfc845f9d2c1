// The shape of `topics`: topics of one's own, each defined by example phrases.
import { Type } from 'typebox';
import { DEFAULT_THRESHOLD } from '../workload/index.ts';

/** What an example may be long: a request's text is read in windows, and a phrase says more than a page. */
const MAX_EXAMPLE = 2_000;
const MAX_EXAMPLES = 200;

const phrase = Type.String({ minLength: 1, maxLength: MAX_EXAMPLE });

export const TopicSchema = Type.Object(
  {
    examples: Type.Array(phrase, {
      maxItems: MAX_EXAMPLES,
      description: 'Phrases as callers write them, all different. 5 to 20 are good, 3 the least.',
    }),
    not: Type.Optional(
      Type.Array(phrase, {
        maxItems: MAX_EXAMPLES,
        description: 'Phrases that are near the topic and not of it. Default: none.',
      }),
    ),
    threshold: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: DEFAULT_THRESHOLD,
        description:
          'Above 0.5 fewer texts are of the topic, below it more: `similar` gives 0.5 where it gave this before. `sluice topics eval` proposes one.',
      }),
    ),
  },
  { additionalProperties: false },
);
