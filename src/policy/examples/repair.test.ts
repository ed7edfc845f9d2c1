// Local search: finds what is there to be found, the same each time, and gives up in the end.
import { expect, it } from 'vitest';
import type { Check } from './checks.ts';
import type { Variable } from './domains.ts';
import { repair } from './repair.ts';

const COUNT = 6;

/** A queen in each row of a small board: none may see another. */
const rows = Array.from({ length: COUNT }, (_, i): Variable => {
  const values = Array.from({ length: COUNT }, (_value, column) => column);
  const reference = { kind: 'fact', name: `row ${i}`, type: 'int', fact: `row ${i}`, key: undefined } as const;
  return { reference, name: `row ${i}`, values, complete: true };
});
const unseen: readonly Check[] = rows.flatMap((_, a) =>
  rows.slice(0, a).map((_row, b) => ({
    needs: [b, a],
    holds: (values: readonly unknown[]) => {
      const [x, y] = [Number(values[a]), Number(values[b])];
      return x !== y && Math.abs(x - y) !== a - b;
    },
  })),
);

it('puts an example right piece by piece', () => {
  const { values } = repair(rows, unseen);
  expect(values).toHaveLength(COUNT);
  expect(unseen.every(({ holds }) => holds(values ?? []))).toBe(true);
  expect(repair(rows, unseen).values).toEqual(values);
});

it('gives up where nothing is to be found', () => {
  const never: Check = { needs: [0], holds: () => false };
  expect(repair(rows, [...unseen, never])).toEqual({ values: undefined, tried: 300 });
  expect(repair([], [{ needs: [], holds: () => false }])).toEqual({ values: undefined, tried: 1 });
  expect(repair(rows, [])).toMatchObject({ tried: 1 });
});
