// Arrays cut from slabs: each as if it were one of its own.
import { assert, array, constantFrom, integer, property, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { doubles, singles } from './slab.ts';

it('are zeros, of the length asked for, and nobody else writes into them', () => {
  const asked = array(tuple(constantFrom(singles, doubles), integer({ min: 0, max: 64 })), { maxLength: 400 });
  assert(
    property(asked, (list) => {
      const made = list.map(([make, length], i) => {
        const numbers = make(length);
        expect([...numbers]).toEqual(Array.from({ length }, () => 0));
        return numbers.fill(i + 1);
      });
      for (const [i, numbers] of made.entries()) expect(numbers.every((value) => value === i + 1)).toBe(true);
    }),
  );
});
