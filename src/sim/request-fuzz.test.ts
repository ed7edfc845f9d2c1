// No JSON body makes the simulated server fail: it answers, or says in an envelope what is wrong (never 500, never a hang).
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatEndpoint } from './chat-endpoint.ts';
import { completionEndpoint } from './completion-endpoint.ts';
import { embeddingEndpoint } from './embedding-endpoint.ts';
import { FAST, start } from './fixtures/servers.ts';
import type { Endpoint } from './job.ts';

const ENDPOINTS: readonly Endpoint[] = [chatEndpoint, completionEndpoint, embeddingEndpoint];
const frame = { id: 'id', model: 'sim', createdSeconds: 0 };
const source = { model: 'sim', seed: 1, book: undefined };

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('', ' ', '\ud800', '🙂', '\u0000'));
/** Mostly what belongs there, now and then any JSON. */
const near = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() });
const number = fc.oneof(fc.integer({ min: -2, max: 30 }), fc.double(), fc.constantFrom(1e9, 2 ** 53, -0));
const flag = fc.constantFrom(true, false, null);

const { schema } = fc.letrec<{ schema: unknown; node: unknown }>((tie) => ({
  // The first one where it gets too deep.
  schema: fc.oneof(
    { maxDepth: 2 },
    { weight: 1, arbitrary: fc.constantFrom({}, null, 7, 'x', []) },
    { weight: 40, arbitrary: tie('node') },
  ),
  node: fc.record(
    {
      type: fc.constantFrom(
        'object',
        'array',
        'string',
        'number',
        'integer',
        'boolean',
        'null',
        ['null', 'array'],
        'x',
      ),
      properties: fc.dictionary(text, tie('schema'), { maxKeys: 4 }),
      items: tie('schema'),
      anyOf: fc.array(tie('schema'), { maxLength: 2 }),
      allOf: fc.array(tie('schema'), { maxLength: 2 }),
      enum: fc.array(fc.jsonValue(), { maxLength: 2 }),
      const: fc.jsonValue(),
      $ref: fc.constantFrom('#', '#/properties/a', '#/nowhere', '', '#/items'),
      minItems: number,
      minLength: number,
      maxLength: number,
      minimum: number,
      maximum: number,
    },
    { requiredKeys: [] },
  ),
}));

const fields = {
  stream: near(flag),
  stream_options: near(fc.record({ include_usage: flag })),
  max_tokens: near(fc.integer({ min: 0, max: 20 })),
  n: near(fc.integer({ min: 1, max: 4 })),
  echo: near(flag),
  logprobs: near(fc.oneof(flag, fc.integer({ min: 0, max: 20 }))),
};
const prompts = fc.oneof(
  text,
  fc.array(fc.oneof(text, fc.nat()), { maxLength: 4 }),
  fc.array(fc.nat(), { maxLength: 20 }),
  fc.array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 4 }),
);
const message = fc.record(
  {
    role: near(fc.constantFrom('user', 'system', 'assistant', 'tool')),
    content: near(fc.oneof(text, fc.array(fc.record({ type: fc.constant('text'), text: near(text) })))),
  },
  { requiredKeys: ['role'] },
);
const tool = fc.record({ type: fc.constant('function'), function: fc.record({ name: text, parameters: schema }) });

const BODIES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  [chatEndpoint.path]: fc.record(
    {
      ...fields,
      n: near(fc.constant(1)),
      model: near(fc.constant('sim')),
      messages: near(fc.array(near(message), { minLength: 1, maxLength: 3 })),
      top_logprobs: near(fc.integer({ min: 0, max: 20 })),
      response_format: near(
        fc.record({ type: fc.constantFrom('json_schema', 'json_object', 'text'), json_schema: fc.record({ schema }) }),
      ),
      tools: near(fc.array(tool, { maxLength: 2 })),
      tool_choice: near(fc.oneof(fc.constantFrom('auto', 'required'), fc.record({ function: fc.jsonValue() }))),
    },
    { requiredKeys: ['model', 'messages'] },
  ),
  [completionEndpoint.path]: fc.record(
    { ...fields, model: near(fc.constant('sim')), prompt: near(prompts) },
    { requiredKeys: ['model', 'prompt'] },
  ),
  [embeddingEndpoint.path]: fc.record(
    {
      model: near(fc.constant('sim')),
      input: near(prompts),
      dimensions: near(fc.integer({ min: 1, max: 64 })),
      encoding_format: near(fc.constantFrom('float', 'base64')),
    },
    { requiredKeys: ['model', 'input'] },
  ),
};
const bodyOf = (endpoint: Endpoint): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: BODIES[endpoint.path] ?? fc.jsonValue() }, { weight: 1, arbitrary: fc.jsonValue() });

describe.each(ENDPOINTS)('$path', (endpoint) => {
  it('makes a job or a refusal of every body, and writes what it promised', () => {
    let answered = 0;
    const check = (body: unknown): void => {
      const job = endpoint.prepare(body, source, undefined);
      if ('status' in job) {
        expect([400, 404]).toContain(job.status);
        return;
      }
      answered++;
      const format = job.format(frame);
      expect(JSON.parse(format.body(undefined))).toBeTypeOf('object');
      for (const [i, { inputTokens, outputTokens }] of job.runs.entries()) {
        expect([inputTokens >= 1, outputTokens >= 0]).toEqual([true, true]);
        if (!job.stream) continue;
        const events = (format.events(i, 0, outputTokens) + format.ending(undefined)).split('\n\n');
        expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
        for (const event of events.slice(0, -2)) expect(JSON.parse(event.slice(6))).toBeTypeOf('object');
      }
    };
    fc.assert(fc.property(bodyOf(endpoint), check), { numRuns: 400, seed: 7 });
    // Not all in vain: many of the bodies are good.
    expect(answered).toBeGreaterThan(50);
  });

  it('is never a 500 over the wire', async () => {
    const server = await start({ profile: { ...FAST, maxSeqs: 64 } });
    const ask = async (body: unknown): Promise<void> => {
      const response = await fetch(new URL(endpoint.path, server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.text();
      expect([200, 400, 404], answer).toContain(response.status);
      if (response.status !== 200) expect(JSON.parse(answer)).toMatchObject({ error: { message: expect.any(String) } });
    };
    await fc.assert(fc.asyncProperty(bodyOf(endpoint), ask), { numRuns: 100, seed: 8 });
    const { requests, completed, failed, running } = server.stats();
    expect([requests, running]).toEqual([completed + failed, 0]);
  });
});

describe('a schema that asks for too much', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  it.each([
    ['items without end', '{"type":"array","minItems":1e9}'],
    ['a text without end', '{"type":"string","minLength":1e9}'],
    ['itself, five times over', `{"properties":{${[1, 2, 3, 4, 5].map((i) => `"${i}":{"$ref":"#"}`).join()}}}`],
    ['a value too deep to write', `{"const":${deep}}`],
  ])('gets a small answer: %s', (_name, text) => {
    const response_format = { type: 'json_schema', json_schema: { schema: JSON.parse(text) as unknown } };
    const body = { model: 'sim', messages: [{ role: 'user', content: 'x' }], response_format };
    const job = chatEndpoint.prepare(body, source, undefined);
    if ('status' in job) return expect.fail(job.message);
    expect(job.format(frame).body(undefined).length).toBeLessThan(1e6);
  });
});
