// Any JSON object, spelt in any way: only the wanted members change, and every other byte stays.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatBody } from '../workload/index.ts';
import { rewriteBody } from './rewrite-body.ts';

function rewrite(text: string, model: string, logprobs = false, usage = false): string {
  const hints = { session: undefined, slo: undefined, tags: {} };
  const request = { operation: 'chat' as const, body: JSON.parse(text) as ChatBody, bytes: Buffer.from(text), hints };
  return rewriteBody(request, model, { logprobs, usage }).toString();
}

const white = fc.constantFrom('', ' ', '\n\t', '\r\n  ');
const number = fc.constantFrom('0', '-0', '1.0', '1e400', '12345678901234567890', '1E-7');
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('model', '"model":"x"', '\\', '\\"', '}]', '{[,:'),
);
const plain = fc.oneof(
  number,
  fc.constantFrom('true', 'false', 'null'),
  text.map((t) => JSON.stringify(t)),
);
const nested = fc.oneof(
  plain,
  fc.array(plain, { maxLength: 3 }).map((items) => `[ ${items.join(' , ')}]`),
  fc
    .array(fc.tuple(text, plain), { maxLength: 3 })
    .map((pairs) => `{${pairs.map(([k, v]) => `${JSON.stringify(k)} :${v}`).join(',')} }`),
);
const key = text.filter((name) => name !== 'model' && name !== 'logprobs').map((name) => JSON.stringify(name));
const spelling = fc.constantFrom('"model"', '"\\u006dodel"', '"mod\\u0065l"');

/** A template with @ for the value of `model`. */
const template = fc
  .record({ before: fc.array(fc.tuple(key, nested)), after: fc.array(fc.tuple(key, nested)), spelling, white })
  .map(({ before, after, spelling: name, white: w }) => {
    const member = ([k, v]: readonly [string, string]): string => `${w}${k}${w}:${w}${v}${w}`;
    return [before.map(member), member([name, '\u0000']), after.map(member)].flat().join(',');
  })
  .map((members) => ` {${members}}\n`);
const put = (shape: string, value: string): string => shape.split('\u0000').join(value);

describe('rewriteBody', () => {
  it('changes the value of model and no other byte', () => {
    fc.assert(
      fc.property(template, fc.string(), fc.string({ unit: 'binary' }), (shape, from, to) => {
        // NUL is never bare in JSON: it marks the place.
        const body = put(shape, JSON.stringify(from));
        expect(rewrite(body, to)).toBe(put(shape, JSON.stringify(Buffer.from(to).toString())));
      }),
      { numRuns: 500 },
    );
  });

  it('asks for the usage of a stream, and keeps what else the caller said about it', () => {
    const asked = '"stream_options":{"include_usage":true}';
    expect(rewrite('{"model":"a","stream":true}', 'b', false, true)).toBe(`{${asked},"model":"b","stream":true}`);
    expect(rewrite('{"model":"a","stream_options":null}', 'b', false, true)).toBe(`{"model":"b",${asked}}`);
    expect(rewrite('{"stream_options":{"x":1,"include_usage":false},"model":"a"}', 'b', false, true)).toBe(
      '{"stream_options":{"x":1,"include_usage":true},"model":"b"}',
    );
    expect(rewrite('{"model":"a","stream\\u005foptions":{}}', 'b', true, true)).toBe(
      '{"logprobs":true,"model":"b","stream\\u005foptions":{"include_usage":true}}',
    );
    expect(rewrite('{"model":"a","messages":["\\"stream_options\\""]}', 'b', false, true)).toBe(
      `{${asked},"model":"b","messages":["\\"stream_options\\""]}`,
    );
  });

  it('adds logprobs where there is none, and sets them where there are', () => {
    expect(rewrite('{ "model":"a","n":1.0}', 'b', true)).toBe('{"logprobs":true, "model":"b","n":1.0}');
    expect(rewrite('{"logprobs":false,"model":"a"}', 'b', true)).toBe('{"logprobs":true,"model":"b"}');
    expect(rewrite('{"model":"a","logprobs" : null }', 'b', true)).toBe('{"model":"b","logprobs" : true }');
  });

  it('sets a key that is given twice twice', () => {
    expect(rewrite('{"model":"x","model" : "a"}', 'b')).toBe('{"model":"b","model" : "b"}');
  });
});
