// A prior table: how good models are expected to be, overall and by topic; a file beside the policy.
import { Type, type Static } from 'typebox';

/** Of 0..1. */
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const TopicSchema = Type.Object(
  {
    quality: share('Expected quality on this topic, shrunk towards the overall one.'),
    difficulty: Type.Optional(
      Type.Object(
        {
          at: share('The difficulty (0..1) that `quality` is of.'),
          slope: Type.Number({ minimum: -10, maximum: 10, description: 'Change of quality by difficulty 1.' }),
        },
        { additionalProperties: false, description: 'How quality depends on difficulty; absent: not at all.' },
      ),
    ),
    rows: Type.Optional(Type.Number({ minimum: 0, description: 'How many observations it rests on.' })),
  },
  { additionalProperties: false },
);

const ModelSchema = Type.Object(
  {
    overall: share('Expected quality where nothing is known of the topic.'),
    topics: Type.Optional(Type.Record(Type.String(), TopicSchema, { description: 'By topic of docs/facts.md.' })),
    outputTokens: Type.Optional(Type.Number({ minimum: 0, description: 'Mean length of the answers seen.' })),
    price: Type.Optional(
      Type.Object(
        { inputPerMTok: Type.Number({ minimum: 0 }), outputPerMTok: Type.Number({ minimum: 0 }) },
        { additionalProperties: false, description: 'US dollars per million tokens, of when the table was made.' },
      ),
    ),
  },
  { additionalProperties: false },
);

/** JSON, or YAML. `source` and `fitted` say where the numbers come from; they are read by people alone. */
export const PriorTableSchema = Type.Object(
  {
    version: Type.Literal(1),
    source: Type.Optional(Type.Object({}, { description: 'Data, commit, licence.' })),
    fitted: Type.Optional(Type.Object({}, { description: 'How the numbers were made, from which rows.' })),
    models: Type.Record(Type.String(), ModelSchema, { minProperties: 1 }),
  },
  { additionalProperties: false },
);

export type PriorTable = Static<typeof PriorTableSchema>;
