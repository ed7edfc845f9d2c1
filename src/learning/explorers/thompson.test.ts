// The chances of Thompson sampling: a distribution, floored, and the one that drawing many times would give.
import { array, assert, double, integer, property, record, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/index.ts';
import { createThompson } from './thompson.ts';

const bare = createThompson({ scale: 1, floor: 0 });
const chances = (utility: readonly number[], sd: readonly number[], explorer = bare): number[] => [
  ...explorer.probabilities(Float64Array.from(utility), Float64Array.from(sd)),
];

/** Share of draws in which each arm is the largest; standard error below .004 for 20,000. A deviation of 0 is one of 1e-9. */
function monteCarlo(utility: readonly number[], sd: readonly number[], seed: number, draws = 20_000): number[] {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const wins = utility.map(() => 0);
  for (let i = 0; i < draws; i++) {
    const values = utility.map((u, a) => u + Math.max(1e-9, sd[a] ?? 0) * normal());
    const best = values.indexOf(Math.max(...values));
    wins[best] = (wins[best] ?? 0) + 1;
  }
  return wins.map((n) => n / draws);
}

const arm = tuple(double({ min: -1, max: 1, noNaN: true }), double({ min: -9, max: 0, noNaN: true }));
const arms = array(arm, { minLength: 1, maxLength: 8 }).map((list) => ({
  utility: list.map(([u]) => u),
  // Over nine decades, and some exactly 0.
  sd: list.map(([, exponent]) => (exponent < -8.5 ? 0 : 10 ** exponent)),
}));

describe('the probabilities', () => {
  it('sum to 1, and none is below floor / arms', () => {
    const options = record({
      scale: double({ min: 0, max: 2, noNaN: true }),
      floor: double({ min: 0, max: 1, noNaN: true }),
    });
    assert(
      property(arms, options, ({ utility, sd }, { scale, floor }) => {
        const p = chances(utility, sd, createThompson({ scale, floor }));
        expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
        for (const chance of p) expect(chance).toBeGreaterThanOrEqual((floor / utility.length) * (1 - 1e-12));
      }),
    );
  });

  it.each([
    ['a single arm', [0.3], [0.2], [1]],
    ['no deviation: the best', [0.3, 0.7, 0.5], [0, 0, 0], [0, 1, 0]],
    ['no deviation, a tie', [0.7, 0.7, 0.5], [0, 0, 0], [0.5, 0.5, 0]],
    ['equal arms', [0.5, 0.5, 0.5, 0.5], [0.1, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]],
    ['one known, one not, at one level', [0.5, 0.5], [0, 0.3], [0.5, 0.5]],
    ['far apart', [0.9, 0.1], [0.01, 0.01], [1, 0]],
    ['utilities of any size', [-4e8, -5e8], [0, 0], [1, 0]],
    ['a utility that is no number', [Number.NaN, 0.5], [0.1, 0.1], [1, 0]],
  ])('%s', (_name, utility, sd, expected) => {
    chances(utility, sd).forEach((chance, a) => expect(chance).toBeCloseTo(expected[a] ?? NaN, 6));
  });

  it('of two arms are the normal distribution function of their distance', () => {
    // P(A > B) with A - B ~ N(.1, .1^2 + .1^2): Phi(.7071) = .76025.
    expect(chances([0.5, 0.4], [0.1, 0.1])[0]).toBeCloseTo(0.76025, 2);
  });

  it('are 0 rather than less than a draw of 32 bits can tell', () => {
    expect(chances([0.6, 0.5], [0, 0])).toEqual([1, 0]);
    assert(property(arms, ({ utility, sd }) => chances(utility, sd).every((p) => p === 0 || p >= 1e-10)));
  });

  it('look at deviation times scale', () => {
    expect(chances([0.5, 0.4], [0.1, 0.1], createThompson({ scale: 0.5, floor: 0 }))).toEqual(
      chances([0.5, 0.4], [0.05, 0.05]),
    );
    expect(chances([0.5, 0.4], [9, 9], createThompson({ scale: 0, floor: 0 }))[0]).toBeCloseTo(1, 9);
  });

  it.each([
    [
      [0.6, 0.5],
      [1e-6, 0.3],
    ],
    [
      [0.6, 0.5],
      [0, 0.3],
    ],
    [
      [0.6, 0.6001],
      [1e-6, 0.5],
    ],
    [
      [0.7, 0.6, 0.5, 0.4],
      [0.001, 0.002, 0.3, 1],
    ],
    [
      [0.5, 0.5, 0.5],
      [0.001, 0.05, 0.5],
    ],
    [
      [0.66, 0.716, 0.598, 0.618, 0.708, 0.736, 0.691],
      [0.485, 0.0002, 0.037, 3e-5, 2e-5, 8e-7, 0.0036],
    ],
    [
      [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
      [1e-7, 1e-7, 0.2, 0.2, 0.2, 1e-4],
    ],
  ])('agree with Monte Carlo on the hard case %j +- %j', (utility, sd) => {
    const drawn = monteCarlo(utility, sd, 1, 60_000);
    chances(utility, sd).forEach((chance, a) => expect(Math.abs(chance - (drawn[a] ?? 1))).toBeLessThan(0.01));
  });

  it('agree with Monte Carlo within .03 for any deviations', () => {
    assert(
      property(arms, integer(), ({ utility, sd }, seed) => {
        const drawn = monteCarlo(utility, sd, seed, 10_000);
        chances(utility, sd).forEach((chance, a) => expect(Math.abs(chance - (drawn[a] ?? 1))).toBeLessThan(0.03));
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('rise with an arm’s own utility and fall with another’s', () => {
    assert(
      property(arms, double({ min: 0.001, max: 0.5, noNaN: true }), ({ utility, sd }, more) => {
        const raised = utility.with(0, (utility[0] ?? 0) + more);
        const [before, after] = [chances(utility, sd), chances(raised, sd)];
        expect((after[0] ?? 0) - (before[0] ?? 0)).toBeGreaterThan(-0.005);
        for (let a = 1; a < utility.length; a++) expect((after[a] ?? 0) - (before[a] ?? 0)).toBeLessThan(0.005);
      }),
    );
  });
});
