// Least squares with a pull, against ml-matrix and by hand.
import { Matrix, solve } from 'ml-matrix';
import { array, assert, double, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addObservation, createRidgeSums, scaleSums, solveRidge, type RidgeSums } from './ridge.ts';

const N = 4;
const pull = new Float64Array(N).fill(0.1);
const prior = Float64Array.of(1, 2, 3, 4);

function coefficients(sums: RidgeSums): Float64Array {
  const out = new Float64Array(N);
  solveRidge(sums, pull, prior, out, new Float64Array(N * N));
  return out;
}

const number = double({ min: -3, max: 3, noNaN: true });
const observation = tuple(tuple(number, number, number, number), number);

describe('solveRidge', () => {
  it('believes the prior when nothing was seen', () => {
    coefficients(createRidgeSums(N)).forEach((c, i) => expect(c).toBeCloseTo(prior[i] ?? 0, 9));
  });

  it('is what another library makes of it', () => {
    assert(
      property(array(observation, { maxLength: 12 }), (seen) => {
        const sums = createRidgeSums(N);
        const square = Matrix.diag([...pull]);
        const cross = Matrix.columnVector([...pull].map((p, i) => p * (prior[i] ?? 0)));
        for (const [z, target] of seen) {
          addObservation(sums, Float64Array.from(z), target, 1);
          const column = Matrix.columnVector([...z]);
          square.add(column.mmul(column.transpose()));
          cross.add(Matrix.mul(column, target));
        }
        const expected = solve(square, cross).to1DArray();
        coefficients(sums).forEach((c, i) => expect(c).toBeCloseTo(expected[i] ?? 0, 5));
      }),
    );
  });

  it('forgets what is old', () => {
    const sums = createRidgeSums(N);
    const z = Float64Array.of(1, 0, 0, 0);
    for (let i = 0; i < 200; i++) addObservation(sums, z, 5, 0.9);
    for (let i = 0; i < 60; i++) addObservation(sums, z, 2, 0.9);
    expect(coefficients(sums)[0]).toBeCloseTo(2, 1);
    expect(sums.weight).toBeCloseTo(10, 1);
    scaleSums(sums, 0);
    expect([...coefficients(sums)].map((c) => Math.round(c))).toEqual([...prior]);
  });
});
