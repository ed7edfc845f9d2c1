// Packed values come back as they were, whatever stands beside them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacker, unpack } from './value-codec.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      undefined,
      null,
      true,
      false,
      -0,
      NaN,
      Infinity,
      2 ** 31,
      -(2 ** 31),
      0.1,
      Math.fround(0.1),
      127,
      128,
    ),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'a', 'b', '1', '0')), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value;

describe('packed values', () => {
  it('come back as they were, each by itself', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 8 }), (values) => {
        const packer = createPacker();
        const starts = values.map((value) => packer.add(value));
        const packed = packer.finish();
        for (const [i, start] of [...starts.entries()].toReversed()) {
          expect(unpack(packed, start)).toStrictEqual(values[i]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hold each string and each shape once', () => {
    const packer = createPacker();
    const values = Array.from({ length: 300 }, (_, i) => ({ pool: 'a', nested: { text: `t${i % 100}`, i } }));
    values.forEach((value) => packer.add(value));
    const { strings, shapes, bytes } = packer.finish();
    expect(strings).toHaveLength(101);
    expect(shapes).toEqual([
      ['pool', 'nested'],
      ['text', 'i'],
    ]);
    expect(bytes.length).toBeLessThan(300 * 13);
  });

  it.each([
    ['a Map', new Map()],
    ['a Date', new Date()],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['bytes', new Uint8Array(1)],
  ])('refuse %s and stay as they were', (_what, value) => {
    const packer = createPacker();
    const before = packer.add({ a: 1 });
    expect(() => packer.add({ a: 'x', b: [value] })).toThrow(TypeError);
    const after = packer.add({ a: 2 });
    const packed = packer.finish();
    expect([unpack(packed, before), unpack(packed, after)]).toEqual([{ a: 1 }, { a: 2 }]);
  });
});
