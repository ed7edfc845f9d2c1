// What goes in as JSON comes out as it was, and what would not is refused.
import { deserialize, serialize } from 'node:v8';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonCodec } from './json-codec.ts';

const there = (value: unknown): unknown => jsonCodec.decode(jsonCodec.encode(value));

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('~', 'n', 'b', '-', '0', '"', '\\', '\u0000', '\ud800', '\udc00', '😀') }),
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.double(),
    fc.constantFrom(null, true, false, -0, NaN, Infinity, -Infinity, 2 ** 53),
    text,
    fc.uint8Array(),
    fc.array(tie('any')),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '')), tie('any')),
  ),
})).any;

describe('jsonCodec', () => {
  it("gives back any value of the contract as V8's own format does", () => {
    fc.assert(
      fc.property(value, (one) => {
        const expected: unknown = deserialize(serialize(one));
        expect(isDeepStrictEqual(there(one), expected), JSON.stringify(one)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is plain JSON where JSON suffices', () => {
    const plain = { a: [1, 'x', null, { b: true }], tilde: 'a~b' };
    expect(Buffer.from(jsonCodec.encode(plain)).toString()).toBe(JSON.stringify(plain));
  });

  it('gives back a Buffer as a Uint8Array that is its own, also inside', () => {
    const buffer = Buffer.from('a view of a pool');
    const read = there({ inside: buffer.subarray(2, 6) });
    expect(read).toStrictEqual({ inside: new Uint8Array([118, 105, 101, 119]) });
  });

  it('leaves out a property that is undefined', () => {
    expect(there({ a: undefined, b: -0 })).toStrictEqual({ b: -0 });
  });

  it.each<[string, unknown]>([
    ['a function', { f: () => 1 }],
    ['a symbol', [Symbol('s')]],
    ['a bigint', 1n],
    ['undefined in an array', [undefined]],
    ['a hole', Array(1)],
    ['a Date', new Date(0)],
    ['a Map', { m: new Map() }],
    ['other typed arrays', new Float64Array(1)],
  ])('refuses %s', (_name, bad) => {
    expect(() => jsonCodec.encode(bad)).toThrow(TypeError);
  });

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => jsonCodec.encode(circle)).toThrow(RangeError);
  });

  it('does not guess at a mark that it does not know', () => {
    expect(() => jsonCodec.decode(Buffer.from('["~z1"]'))).toThrow('a newer Sluice wrote this value');
  });
});
