// Any bytes as a request: refused with a code, or seen, decided on and rewritten so that the upstream reads the same JSON but for `model`.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newDecisionId, SluiceError } from '../../src/base/index.ts';
import { parseFeedback, parseRequest } from '../../src/gateway/http/parse-body.ts';
import { rewriteBody } from '../../src/gateway/rewrite-body.ts';
import { decide } from '../../src/router/index.ts';
import {
  buildWorkload,
  createTokenCalibration,
  loadClassifier,
  type InferenceRequest,
  type Operation,
} from '../../src/workload/index.ts';
import { runs, TIMEOUT_MS } from './runs.ts';
import { routingOf, SHIPPED } from './shipped.ts';

const hints = { session: undefined, slo: undefined, tags: {} };
const OPERATIONS: readonly Operation[] = ['chat', 'completion', 'embedding'];
const eyes = { classifier: loadClassifier() };
const routings = SHIPPED.map(routingOf);
const calibration = createTokenCalibration();
const MODEL = Buffer.from('"größe-\u{1f600}"');

/** undefined: refused, as it should be. */
function parse(operation: Operation, bytes: Buffer): InferenceRequest | undefined {
  try {
    return parseRequest(operation, bytes, hints);
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError);
    expect((error as SluiceError).spec).toMatchObject({ status: 400, blame: 'client' });
    return undefined;
  }
}

function holds(operation: Operation, bytes: Buffer, draw: number): boolean {
  const before = Buffer.from(bytes);
  const request = parse(operation, bytes);
  if (request === undefined) return false;
  const workload = buildWorkload(request, eyes);
  for (const { router, pools, learner } of routings) {
    try {
      const { inputTokens } = calibration;
      const decision = decide(router, { id: newDecisionId(), at: 0, workload, learner, pools, inputTokens, draw });
      expect(decision.stages.length).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(SluiceError);
    }
  }
  const sent = JSON.parse(bytes.toString()) as Record<string, unknown>;
  for (const extras of [
    { logprobs: false, usage: false },
    { logprobs: true, usage: true },
  ]) {
    const expected: Record<string, unknown> = { ...sent, model: JSON.parse(MODEL.toString()) };
    if (extras.logprobs) expected['logprobs'] = true;
    if (extras.usage) {
      expected['stream_options'] = { ...(sent['stream_options'] as object | null), include_usage: true };
    }
    expect(JSON.parse(rewriteBody(request, MODEL, extras).toString())).toEqual(expected);
  }
  expect(bytes.equals(before)).toBe(true);
  return true;
}

const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const model = fc.constantFrom('auto', 'careful', 'small', 'sim-70b', 'nobody', '"model"', 'é');
const text = fc.string({ unit: 'binary', maxLength: 30 });
const message = fc.record(
  {
    role: fc.constantFrom('user', 'system', 'assistant', 'tool', 'x'),
    content: fc.oneof(
      text,
      fc.constant(null),
      fc.array(fc.record({ type: text, text }, { requiredKeys: ['type'] }), { maxLength: 3 }),
    ),
    tool_calls: fc.array(fc.jsonValue(), { maxLength: 2 }),
  },
  { requiredKeys: ['role', 'content'] },
);
const more = fc.dictionary(
  fc.oneof(text, fc.constantFrom('metadata', 'models', 'logprobs_', '__proto__', 'constructor', 'toString')),
  fc.jsonValue(),
  { maxKeys: 4 },
);
const optional = fc.record(
  {
    stream: fc.constantFrom(true, false, null),
    stream_options: fc.oneof(
      fc.constant(null),
      fc.record({ include_usage: fc.boolean(), x: fc.jsonValue({ maxDepth: 2 }) }),
    ),
    max_tokens: fc.constantFrom(null, 1, 1e9, 2 ** 53),
    logprobs: fc.constantFrom(true, false, null),
  },
  { requiredKeys: [] },
);
const prompt = fc.oneof(
  text,
  fc.array(text, { minLength: 1, maxLength: 3 }),
  fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
  fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
);
const bodies: Readonly<Record<Operation, fc.Arbitrary<object>>> = {
  chat: fc
    .tuple(more, optional, model, fc.array(message, { minLength: 1, maxLength: 3 }))
    .map(([a, b, m, messages]) => ({ ...a, ...b, model: m, messages })),
  completion: fc.tuple(more, optional, model, prompt).map(([a, b, m, p]) => ({ ...a, ...b, model: m, prompt: p })),
  embedding: fc.tuple(more, model, prompt).map(([a, m, input]) => ({ ...a, model: m, input })),
};
const body = fc
  .constantFrom(...OPERATIONS)
  .chain((operation) => bodies[operation].map((json) => [operation, JSON.stringify(json)] as const));
/** Members given once more in front, so that a parser has a choice. */
const twice = fc.constantFrom(
  '"model":"other",',
  '"stream":true,',
  '"mod\\u0065l":"x",',
  '"stream_options":{},',
  '"logprobs":1,',
);

describe('a body', { timeout: TIMEOUT_MS }, () => {
  it('of any bytes is refused with a code', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPERATIONS), fc.uint8Array({ maxLength: 80 }), (operation, bytes) => {
        holds(operation, Buffer.from(bytes), 0.5);
      }),
      runs(1_000),
    );
  });

  it('that is right is taken, and reaches the upstream as it is but for its model', () => {
    fc.assert(
      fc.property(body, draw, ([operation, json], chance) => {
        expect(holds(operation, Buffer.from(json), chance)).toBe(true);
      }),
      runs(400),
    );
  });

  it('with members given twice is taken by the last of them', () => {
    fc.assert(
      fc.property(body, fc.array(twice, { minLength: 1, maxLength: 3 }), ([operation, json], members) => {
        holds(operation, Buffer.from(json.replace('{', `{${members.join('')}`)), 0.5);
      }),
      runs(300),
    );
  });

  it('with bytes changed, added and lost is taken or refused, and nothing else', () => {
    const change = fc.tuple(fc.nat({ max: 10_000 }), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(body, fc.array(change, { minLength: 1, maxLength: 3 }), ([operation, json], changes) => {
        let bytes = Buffer.from(json);
        for (const [at, lost, added] of changes) {
          const from = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + lost)]);
        }
        holds(operation, bytes, 0.5);
      }),
      runs(800),
    );
  });

  it('with any JSON in the place of a field is taken or refused, and nothing else', () => {
    const fields = [
      'messages',
      'tools',
      'functions',
      'response_format',
      'reasoning',
      'stream_options',
      'prompt',
      'input',
      'n',
    ];
    fc.assert(
      fc.property(body, fc.constantFrom(...fields), fc.jsonValue(), ([operation, json], field, value) => {
        holds(operation, Buffer.from(JSON.stringify({ ...(JSON.parse(json) as object), [field]: value })), 0.5);
      }),
      runs(600),
    );
  });
});

it('feedback of any kind is taken or refused with a code', { timeout: TIMEOUT_MS }, () => {
  const member = fc.constantFrom('decision_id', 'score', 'label', 'rater', 'source', 'x');
  const value = fc.oneof(fc.jsonValue(), fc.double(), text);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.dictionary(member, value).map((json) => JSON.stringify(json)),
        text,
      ),
      (json) => {
        try {
          const { decision_id: id, score } = parseFeedback(Buffer.from(json));
          expect([typeof id, score >= 0 && score <= 1]).toEqual(['string', true]);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      },
    ),
    runs(600),
  );
});
