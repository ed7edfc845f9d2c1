// Packed values come back as they were, whatever stands beside them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID, layout, PLAIN } from './layout.ts';
import { Packer } from './packer.ts';
import { FORM, unpack, unpackEnd, unpackIds } from './value-codec.ts';

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

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.string({ unit: fc.integer({ min: 0xa0, max: 0xff }).map((unit) => String.fromCharCode(unit)), maxLength: 80 }),
);

describe('packed values', () => {
  it('come back as they were, each by itself and under its id', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, fc.oneof(plain, texts)), { maxLength: 8 }), (values) => {
        const packer = new Packer(16);
        const starts = values.map(([id, value]) => packer.add(id, value));
        expect([...unpackIds(packer, starts)]).toEqual(values.map(([id]) => id));
        for (const [i, start] of [...starts.entries()].toReversed()) {
          expect(unpack(packer, start)).toStrictEqual(values[i]?.[1]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('come back as they were from memory that was used before', () => {
    const packer = new Packer(16);
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, plain, wholes), { maxLength: 8 }), (values) => {
        packer.clear();
        const starts = values.flatMap(([id, value, made]) => [packer.add(id, value), packer.add(id, made, whole)]);
        const row = packer.closeWith(starts).slice();
        // Nothing that was there before is in what is stored: it is the same as from new memory.
        const fresh = new Packer(16);
        for (const [id, value, made] of values) {
          fresh.add(id, value);
          fresh.add(id, made, whole);
        }
        expect(row).toEqual(fresh.closeWith(starts));
        const { end, shapes } = unpackEnd(row);
        expect(end).toEqual(starts);
        for (const [i, start] of starts.entries()) {
          expect(unpack({ bytes: row, shapes }, start)).toStrictEqual(values[i >> 1]?.[1 + (i & 1)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('hold each shape once', () => {
    const packer = new Packer(16);
    const values = Array.from({ length: 300 }, (_, i) => ({ pool: 'a', nested: { text: `t${i % 100}`, i } }));
    values.forEach((value) => packer.add('id', value));
    expect(packer.shapes).toEqual([
      ['pool', 'nested'],
      ['text', 'i'],
    ]);
    expect(packer.bytes.length).toBeLessThan(300 * 17);
  });

  it('are kept beside others of the same id, which is written once', () => {
    const packer = new Packer(16);
    const first = packer.add('a long name', 1);
    const second = packer.add('a long name', 2, undefined, first);
    expect([...unpackIds(packer, [second, first])]).toEqual(['a long name', 'a long name']);
    expect([unpack(packer, first), unpack(packer, second)]).toEqual([1, 2]);
    expect(packer.bytes).toHaveLength(1 + 12 + 1 + 2 + 1);
  });

  it('may be closed more than once', () => {
    const packer = new Packer(16);
    const first = packer.add('a', { x: 1 });
    expect(unpackEnd(packer.closeWith(['end', [first, 70_000]]))).toEqual({
      end: ['end', [first, 70_000]],
      shapes: [['x']],
    });
    const second = packer.add('b', { y: 2 });
    const bytes = packer.closeWith('other end');
    const { end, shapes } = unpackEnd(bytes);
    expect(end).toBe('other end');
    expect([first, second].map((start) => unpack({ bytes, shapes }, start))).toEqual([{ x: 1 }, { y: 2 }]);
  });

  it.each([
    ['a Map', new Map()],
    ['a Date', new Date()],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['bytes', new Uint8Array(1)],
  ])('refuse %s and stay as they were', (_what, value) => {
    const packer = new Packer(16);
    const before = packer.add('a', { a: 1 });
    expect(() => packer.add('b', { a: 'x', b: [value] })).toThrow(TypeError);
    const after = packer.add('c', { a: 2 });
    expect([unpack(packer, before), unpack(packer, after)]).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('what was written before is read', () => {
  const start = [0x41, 0x78];
  const shapes = [
    ['list', 'inner'],
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'],
  ];
  const object = [12, 1, 0, 1, 2, 3, 6, 0, 1, 0, 0, 5, 0x3f, 0x80, 0, 0, 7, 1, 0, 10, 9, 1, 0x3d, 0xd8];
  const values = { a: undefined, b: null, c: false, d: true, e: 65_536, f: 1, g: 256, h: 'x', i: '\ud83d' };

  it('the form of a byte never changes', () => {
    const bytes = Uint8Array.of(FORM, ...start, 12, 0, 11, 2, 8, 2, 0xe9, 0x79, 0x85, ...object);
    expect(unpack({ shapes, bytes }, 1)).toStrictEqual({ list: ['éy', 5], inner: values });
  });

  it('nor does that of an object that is like another', () => {
    const like = [13, 3, 0b1000_0001, 0b1, 0x81, 0x82, 4, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a];
    const bytes = Uint8Array.of(FORM, ...start, ...object, 14, 1, ...like);
    expect([...unpackIds({ shapes, bytes }, [1, 27])]).toEqual(['x', 'x']);
    expect(unpack({ shapes, bytes }, 27)).toStrictEqual({ ...values, a: 1, h: 2, i: 0.1 });
  });

  it.each([
    ['like itself', [13, 3, 0]],
    ['like what is no object', [13, 1, 0]],
    ['a tag that nobody knows', [15]],
  ])('or refused: %s', (_what, value) => {
    const bytes = Uint8Array.of(FORM, ...start, ...value);
    expect(() => unpack({ shapes, bytes }, 1)).toThrow(TypeError);
  });

  it('or refused: an id that is where itself is', () => {
    expect(() => unpack({ shapes, bytes: Uint8Array.of(FORM, 14, 1, 0) }, 1)).toThrow(TypeError);
  });
});

interface Part {
  readonly name: unknown;
  readonly id: string;
}
interface Whole {
  readonly '"odd" \\ name': unknown;
  readonly part: Part | undefined;
  readonly parts: readonly Part[];
  readonly a: unknown;
  readonly b: unknown;
  readonly c: unknown;
  readonly d: unknown;
  readonly e: unknown;
  readonly __proto__: unknown;
}
const part = layout<Part>({ name: PLAIN, id: ID });
const whole = layout<Whole>({
  '"odd" \\ name': PLAIN,
  part,
  parts: [part],
  a: PLAIN,
  b: PLAIN,
  c: PLAIN,
  d: PLAIN,
  e: PLAIN,
  ['__proto__']: PLAIN,
});
/** Few, so that values are often the same. */
const ids = fc.constantFrom('x', 'y');
const few = fc.oneof(fc.constantFrom(0, -0, NaN, 'a', undefined, null, [], [0]), plain);
const parts = fc.record({ name: few, id: ids }, { noNullPrototype: true });
const wholes: fc.Arbitrary<Whole> = fc
  .tuple(
    few,
    fc.option(parts, { nil: undefined }),
    fc.array(parts, { maxLength: 4 }),
    fc.tuple(few, few, few, few, few, few),
  )
  .map(([odd, one, list, [a, b, c, d, e, proto]]) => ({
    '"odd" \\ name': odd,
    part: one,
    parts: list,
    a,
    b,
    c,
    d,
    e,
    ['__proto__']: proto,
  }));

describe('values of a layout', () => {
  it('come back as they were, beside others of their kind and without a layout', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, wholes), { maxLength: 8 }), (values) => {
        const packer = new Packer(16);
        const starts = values.flatMap(([id, value]) => [packer.add(id, value, whole), packer.add(id, value)]);
        for (const [i, start] of starts.entries()) expect(unpack(packer, start)).toStrictEqual(values[i >> 1]?.[1]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are their properties, no more and no less', () => {
    const packer = new Packer(16);
    const start = packer.add('x', { other: 1 } as unknown as Part, part);
    expect(unpack(packer, start)).toStrictEqual({ name: undefined, id: undefined });
  });

  const sample = (more: Partial<Whole> = {}): Whole => ({
    '"odd" \\ name': 'long',
    part: { name: 1, id: 'x' },
    parts: [],
    a: 1,
    b: 1,
    c: 1,
    d: 1,
    e: 1,
    ['__proto__']: undefined,
    ...more,
  });

  it('take little room where they are as the first', () => {
    const packer = new Packer(16);
    const first = packer.add('x', sample(), whole);
    const value = sample({ part: { name: 1, id: 'y' }, b: 7 });
    const second = packer.add('y', value, whole);
    const end = packer.bytes.length;
    expect(unpack(packer, second)).toEqual(value);
    // The id; what it is like and the mask; b.
    expect([first, end - second]).toEqual([1, 2 + 2 + 2 + 1]);
  });

  it('may change once they are packed', () => {
    const packer = new Packer(16);
    const value = { name: ['a'] as string[], id: 'x' };
    const first = packer.add('x', value, part);
    value.name.push('b');
    const second = packer.add('x', value, part);
    expect([unpack(packer, first), unpack(packer, second)]).toEqual([
      { name: ['a'], id: 'x' },
      { name: ['a', 'b'], id: 'x' },
    ]);
  });

  it('are refused for what is in them, and nothing is kept, nor is any later one told by it', () => {
    const packer = new Packer(16);
    const value = (...names: unknown[]): Whole => sample({ parts: names.map((name) => ({ name, id: 'x' })) });
    expect(() => packer.add('x', value(new Date()), whole)).toThrow(TypeError);
    expect(packer.bytes).toHaveLength(1);
    const starts = [packer.add('x', value(1), whole)];
    expect(() => packer.add('x', value(1, 2, new Map()), whole)).toThrow(TypeError);
    starts.push(packer.add('x', value(2), whole), packer.add('x', value(2, 3), whole));
    expect(starts.map((start) => unpack(packer, start))).toEqual([value(1), value(2), value(2, 3)]);
  });
});
