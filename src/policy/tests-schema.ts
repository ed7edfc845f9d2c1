// The shape of a policy's tests: requests, what is given beside them, and what must come out. One definition gives type, JSON Schema and check.
import { Type, type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const names = (description: string) => Type.Optional(Type.Array(Type.String(), { uniqueItems: true, description }));
const pieces = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.String(), { minProperties: 1, description }));
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const ms = (description: string) => Type.Optional(Type.Number({ minimum: 0, description }));
const facts = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { minProperties: 1, description }));

const LearnedSchema = Type.Object(
  {
    topic: text('The topic of the requests that were rated. Default: unknown.'),
    pool: Type.String({ description: 'The pool whose answers were rated.' }),
    score: share('What each of them was rated.'),
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 50, description: 'How many there were.' }),
    ),
  },
  closed,
);

const ObservedSchema = Type.Object(
  {
    ttftMs: ms('Time to the first token, as lately observed.'),
    tpotMs: ms('Time per further token.'),
    inFlight: Type.Optional(Type.Integer({ minimum: 0, description: 'Requests under way.' })),
  },
  closed,
);

const GivenSchema = Type.Object(
  {
    unhealthy: names('Pools without a healthy endpoint. Default: every pool has one.'),
    observed: Type.Optional(
      Type.Record(Type.String(), ObservedSchema, { description: 'By pool: what it was lately observed to take.' }),
    ),
    learned: Type.Optional(Type.Array(LearnedSchema, { description: 'Feedback that came before.' })),
    facts: facts('Facts in place of what is seen of the request, under their names in docs/facts.md.'),
    draw: Type.Optional(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.5,
        description: 'The uniform number that a strategy which explores draws with.',
      }),
    ),
  },
  { ...closed, description: 'What is true beside the request.' },
);

const ChanceSchema = Type.Object(
  { min: Type.Optional(share('At least.')), max: Type.Optional(share('At most.')) },
  { ...closed, minProperties: 1 },
);

const ExpectSchema = Type.Object(
  {
    route: text('The route that takes it; `(direct)` for a pool or a model.'),
    strategy: text("The kind of the route's strategy."),
    arm: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String(), { minItems: 1, uniqueItems: true })], {
        description: 'The pool that is asked first, or those of which it is one.',
      }),
    ),
    stages: names('The pools that are asked in turn by a cascade, in order.'),
    fallbacks: names('The pools behind the last stage, in order.'),
    eligible: names('All pools that could have been chosen, in any order; those that are fallbacks only left out.'),
    excluded: pieces('Pools that are ruled out, with a part of why.'),
    passedOver: pieces('Routes that were asked before, with a part of why they did not take it.'),
    confined: names('The rules of confinement that hold, in any order; []: none.'),
    propensity: Type.Optional(
      Type.Record(Type.String(), ChanceSchema, { description: 'By pool: the chance with which it is chosen.' }),
    ),
    reasons: names('Parts of the explanation, as `sluice route` prints it.'),
    facts: facts('Facts as they are seen, under their names in docs/facts.md.'),
    error: Type.Optional(
      Type.String({ pattern: '^SLUICE_[A-Z_]+$', description: 'The code of the error that it is refused with.' }),
    ),
  },
  { ...closed, minProperties: 1, description: 'What must come out.' },
);

export const PolicyTestSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: 'What it shows; unique.' }),
    chat: text('One user message: the short form of a request.'),
    request: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'The body of the request, as it is sent.' }),
    ),
    operation: Type.Optional(
      Type.Enum(['chat', 'completion', 'embedding'], {
        default: 'chat',
        description: 'The API that the body is sent to.',
      }),
    ),
    model: text('The model that is asked for, unless the body names one. Default: auto.'),
    caller: text('Who of `callers` sends it, as if with the right key. Default: nobody.'),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9-]+$' }), Type.String(), {
        ...closed,
        description: 'Headers of the request, in small letters.',
      }),
    ),
    given: Type.Optional(GivenSchema),
    expect: ExpectSchema,
  },
  closed,
);

export const PolicyTestsSchema = Type.Object(
  {
    tests: Type.Array(PolicyTestSchema, {
      minItems: 1,
      description: 'Each is decided alone: nothing of one is left for the next.',
    }),
  },
  closed,
);

export type PolicyTest = Static<typeof PolicyTestSchema>;
export type Expectations = Static<typeof ExpectSchema>;
export type Given = Static<typeof GivenSchema>;
