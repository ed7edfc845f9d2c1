// Packed values come back as they were, whatever stands beside them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layout, OWN, PLAIN } from './layout.ts';
import { Packer } from './packer.ts';
import { unpack } from './value-codec.ts';

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
        const packer = new Packer(16);
        const starts = values.map((value) => packer.add(value));
        for (const [i, start] of [...starts.entries()].toReversed()) {
          expect(unpack(packer, start)).toStrictEqual(values[i]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hold each string and each shape once', () => {
    const packer = new Packer(16);
    const values = Array.from({ length: 300 }, (_, i) => ({ pool: 'a', nested: { text: `t${i % 100}`, i } }));
    values.forEach((value) => packer.add(value));
    const { strings, shapes, bytes } = packer;
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
    const packer = new Packer(16);
    const before = packer.add({ a: 1 });
    expect(() => packer.add({ a: 'x', b: [value] })).toThrow(TypeError);
    const after = packer.add({ a: 2 });
    expect([unpack(packer, before), unpack(packer, after)]).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

it('values that were written before are read: the form of a byte never changes', () => {
  const strings = ['x', ...Array.from({ length: 70 }, (_, i) => `text ${i}`)];
  const bytes = Uint8Array.of(9, 0, 8, 3, 0x40, 7, 70, 0x85, 9, 1, 0, 1, 2, 3, 6, 0, 0, 1, 0, 5, 0x3f, 0x80, 0, 0);
  const shapes = [
    ['list', 'inner'],
    ['a', 'b', 'c', 'd', 'e', 'f'],
  ];
  expect(unpack({ strings, shapes, bytes }, 0)).toStrictEqual({
    list: ['x', 'text 69', 5],
    inner: { a: undefined, b: null, c: false, d: true, e: 256, f: 1 },
  });
});

describe('values of a layout', () => {
  interface Part {
    readonly name: unknown;
  }
  interface Whole {
    readonly '"odd" \\ name': unknown;
    readonly part: Part | undefined;
    readonly parts: readonly Part[];
  }
  const part = layout<Part>({ name: PLAIN });
  const whole = layout<Whole>({ '"odd" \\ name': PLAIN, part, parts: [part] });
  const parts = plain.map((name) => ({ name }));
  const wholes = fc.record(
    {
      '"odd" \\ name': plain,
      part: fc.option(parts, { nil: undefined }),
      parts: fc.array(parts, { maxLength: 4 }),
    },
    { noNullPrototype: true },
  );

  it('come back as they were, beside others of their kind and without a layout', () => {
    fc.assert(
      fc.property(fc.array(wholes, { maxLength: 8 }), (values) => {
        const packer = new Packer(16);
        const starts = values.flatMap((value) => [packer.add(value, whole), packer.add(value)]);
        for (const [i, start] of starts.entries()) expect(unpack(packer, start)).toStrictEqual(values[i >> 1]);
      }),
    );
  });

  it('are their properties, no more and no less', () => {
    const packer = new Packer(16);
    const start = packer.add({ other: 1 } as unknown as Part, part);
    expect(unpack(packer, start)).toStrictEqual({ name: undefined });
  });

  it('hold a text of its own once where it is said twice in turn, or recalled', () => {
    const named = layout<{ readonly id: string; readonly again: string }>({ id: OWN, again: OWN });
    const packer = new Packer(16);
    const texts = ['a', 'b', '', 'a'];
    const starts = texts.map((text) => packer.add({ id: text, again: text }, named));
    packer.recall('b', 1);
    starts.push(packer.add({ id: 'b', again: 'b' }, named));
    packer.recall('c', 1);
    starts.push(packer.add({ id: 'c', again: 'c' }, named));
    const found = starts.map((start) => unpack(packer, start));
    expect(found).toEqual([...texts, 'b', 'c'].map((text) => ({ id: text, again: text })));
    expect(packer.strings).toEqual([...texts, 'c']);
  });

  it('are refused for what is in them, and nothing is kept', () => {
    const packer = new Packer(16);
    const value: Whole = { '"odd" \\ name': 'x', part: undefined, parts: [{ name: new Date() }] };
    expect(() => packer.add(value, whole)).toThrow(TypeError);
    expect(packer.bytes).toHaveLength(0);
  });
});
